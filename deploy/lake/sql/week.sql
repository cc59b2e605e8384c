-- What changed this week.
SELECT source.ts_ms, op, source."table" AS resource, coalesce(after.name, before.name) AS name, changes
FROM events
WHERE op <> 'r' AND source.ts_ms > epoch_ms(now()) - 7 * 86400000
ORDER BY source.db, source.lsn
