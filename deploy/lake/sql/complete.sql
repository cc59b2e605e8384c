-- Is my copy complete? A row for each gap, and what tells of it; no row means that nothing is missing. What is younger than
-- the grace time (ten minutes) counts for nothing, since it may still be on its way: set an alert on any row.
-- By "sequence": an event names the one before it of the same account and resource. By "mark": an account's numbers have no
-- gaps, and all up to a mark's last_lsn were in the topics when the mark was written (this counts only if you land all event
-- topics). The topic of exposures, which seachange alert writes, has numbers of its own.
WITH t AS (SELECT epoch_ms(now()) - 600000 AS until_ms),
copied AS (
  SELECT source.db AS account_id, source."table" AS resource, source.lsn AS lsn, ts_ms, CAST(split_part(source.sequence, '"', 2) AS BIGINT) AS predecessor
  FROM bronze.events WHERE source."table" <> 'exposures'),
promised AS (SELECT account_id, max(last_lsn) AS last_lsn FROM bronze.marks, t WHERE ended_ms < until_ms GROUP BY account_id),
held AS (
  SELECT c.account_id, c.lsn, p.last_lsn, coalesce(lead(c.lsn) OVER (PARTITION BY c.account_id ORDER BY c.lsn), p.last_lsn + 1) AS next
  FROM copied c JOIN promised p ON p.account_id = c.account_id)
SELECT account_id, resource, predecessor AS missing_from, predecessor AS missing_to, concat('sequence of ', lsn) AS told_by
FROM (SELECT *, lag(lsn) OVER (PARTITION BY account_id, resource ORDER BY lsn) AS was FROM copied) c, t
WHERE predecessor > 0 AND (was IS NULL OR was < predecessor) AND ts_ms < until_ms
UNION ALL
SELECT account_id, NULL, lsn + 1, least(next - 1, last_lsn), concat('mark of ', last_lsn) FROM held WHERE next > lsn + 1 AND lsn < last_lsn
UNION ALL
SELECT account_id, NULL, NULL, last_lsn, concat('mark of ', last_lsn) FROM promised p
WHERE last_lsn > 0 AND NOT EXISTS (SELECT 1 FROM copied c WHERE c.account_id = p.account_id)
ORDER BY 1, 3, 2
