-- How many Droplets there were at the end of each day of a month, and what they cost a month then.
WITH days AS (SELECT unnest(generate_series(DATE '2026-11-01', DATE '2026-11-30', INTERVAL 1 DAY))::DATE AS day)
SELECT d.day, v.account_id, count(*) AS droplets, sum(v.size.price_monthly) AS price_monthly
FROM days d JOIN silver.droplets_versions v
  ON v.valid_before < d.day + INTERVAL 1 DAY AND (v.ended_before IS NULL OR v.ended_before >= d.day + INTERVAL 1 DAY)
GROUP BY 1, 2
ORDER BY 1, 2
