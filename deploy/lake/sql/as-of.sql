-- What was there at a moment (in UTC): certain; uncertain, since the moment lies in the window of a change (the state before
-- is shown) or after the last look; or unknown, since the record was first seen later.
SET VARIABLE moment = TIMESTAMP '2026-11-30 12:00:00';
WITH statuses AS (
  SELECT account_id, resource, parent_id AS collection, max(whole_ms) AS whole_ms, max_by(coalesce(number, 0), kafka_offset) AS number,
    max_by(coalesce(looks_seq, 0), kafka_offset) AS looks_seq
  FROM bronze.marks GROUP BY 1, 2, 3),
recent AS (
  SELECT *, hex(from_base64(ages)) AS all_ages, hex(from_base64(since)) AS all_since FROM (SELECT *, max(at_ms) OVER (PARTITION BY account_id) AS newest_ms FROM bronze.looks) l
  WHERE at_ms > newest_ms - 7200000),
told AS ( -- what the account's looks tell of a collection, by its number, since its status: its age in seconds, or a bit
  SELECT s.*, l.at_ms, CAST('0x' || nullif(substr(all_ages, 4 * number + 1, 4), '') AS INTEGER) AS age, CAST('0x' || nullif(substr(all_since, 2 * (number >> 3) + 1, 2), '') AS INTEGER) AS bits
  FROM statuses s JOIN recent l ON l.account_id = s.account_id AND l.seq > s.looks_seq AND s.number > 0),
looks AS (
  SELECT account_id, resource, collection, max(whole_ms) AS whole_ms
  FROM (SELECT account_id, resource, collection, whole_ms FROM statuses UNION ALL
    SELECT account_id, resource, collection, CASE WHEN age < 65535 THEN at_ms - 1000 * age WHEN (bits >> (number % 8)) % 2 = 1 THEN at_ms END FROM told)
  GROUP BY 1, 2, 3),
candidates AS (
  SELECT v.*, row_number() OVER (PARTITION BY v.account_id, v.resource, v.id ORDER BY v.lsn) AS n
  FROM silver.versions v
  WHERE (v.valid_after IS NULL OR v.valid_after < getvariable('moment') OR v.valid_before <= getvariable('moment'))
    AND (v.ended_before IS NULL OR v.ended_before > getvariable('moment'))
    AND (v.op = 'u' OR v.valid_before <= getvariable('moment') OR v.created_at IS NULL OR v.created_at <= getvariable('moment')))
SELECT c.resource, c.account_id, c.id,
  CASE WHEN c.valid_after IS NULL AND c.valid_before > getvariable('moment') THEN NULL ELSE c.body END AS body,
  CASE WHEN c.valid_before > getvariable('moment') AND c.valid_after IS NULL THEN 'unknown'
    WHEN c.valid_before > getvariable('moment') OR c.ended_after < getvariable('moment') THEN 'uncertain'
    WHEN c.ended_before IS NULL AND coalesce(l.whole_ms, 0) < epoch_ms(getvariable('moment')) THEN 'uncertain'
    ELSE 'certain' END AS certainty
FROM candidates c LEFT JOIN looks l ON l.account_id = c.account_id AND l.resource = c.resource AND l.collection = c.collection
WHERE c.n = 1
ORDER BY 1, 2, 3
