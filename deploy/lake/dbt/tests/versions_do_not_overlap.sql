-- A record is never in two versions at once.
SELECT account_id, resource, id, lsn
FROM (SELECT *, lead(valid_before) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS next FROM {{ ref('versions') }})
WHERE next IS NOT NULL AND (ended_before IS NULL OR ended_before > next)
