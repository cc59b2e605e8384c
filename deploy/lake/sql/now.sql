-- What is there now: the last event of each record, unless it is a delete.
SELECT source."table" AS resource, after.account_id, after.id, after.name, after.body
FROM (SELECT *, row_number() OVER (PARTITION BY source.db, source."table", coalesce(after.id, before.id) ORDER BY source.lsn DESC) AS n FROM events)
WHERE n = 1 AND op <> 'd'
ORDER BY 1, 2, 3
