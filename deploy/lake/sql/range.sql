-- What changed in a range (of times in UTC): each change that may have happened in it.
SELECT changed_after, changed_before, op, resource, name, changes
FROM silver.events
WHERE op <> 'r' AND changed_before > TIMESTAMP '2026-11-23 00:00:00' AND changed_after < TIMESTAMP '2026-11-30 00:00:00'
ORDER BY account_id, lsn
