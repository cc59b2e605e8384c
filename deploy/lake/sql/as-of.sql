-- What was there at a moment (in UTC): certain; uncertain, since the moment lies in the window of a change (the state before
-- is shown) or after the last look; or unknown, since the record was first seen later.
WITH t AS (SELECT TIMESTAMP '2026-11-30 12:00:00' AS moment),
looks AS (SELECT account_id, resource, parent_id AS collection, max(whole_ms) AS whole_ms FROM bronze.marks GROUP BY 1, 2, 3),
candidates AS (
  SELECT v.*, t.moment, row_number() OVER (PARTITION BY v.account_id, v.resource, v.id ORDER BY v.lsn) AS n
  FROM silver.versions v CROSS JOIN t
  WHERE (v.valid_after IS NULL OR v.valid_after < t.moment OR v.valid_before <= t.moment)
    AND (v.ended_before IS NULL OR v.ended_before > t.moment)
    AND (v.op = 'u' OR v.valid_before <= t.moment OR v.created_at IS NULL OR v.created_at <= t.moment))
SELECT c.resource, c.account_id, c.id,
  CASE WHEN c.valid_after IS NULL AND c.valid_before > c.moment THEN NULL ELSE c.body END AS body,
  CASE WHEN c.valid_before > c.moment AND c.valid_after IS NULL THEN 'unknown'
    WHEN c.valid_before > c.moment OR c.ended_after < c.moment THEN 'uncertain'
    WHEN c.ended_before IS NULL AND coalesce(l.whole_ms, 0) < epoch_ms(c.moment) THEN 'uncertain'
    ELSE 'certain' END AS certainty
FROM candidates c LEFT JOIN looks l ON l.account_id = c.account_id AND l.resource = c.resource AND l.collection = c.collection
WHERE c.n = 1
ORDER BY 1, 2, 3
