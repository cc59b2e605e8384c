-- Is my copy complete: events whose predecessor of the same account and resource is missing. No row means that nothing is.
-- Up to where it is complete the sweep marks say: every event with lsn <= last_lsn of a mark was there when it was written.
SELECT source.db AS account, source."table" AS resource, source.lsn, CAST(json_extract_string(source.sequence, '$[0]') AS BIGINT) AS predecessor
FROM events
WHERE CAST(json_extract_string(source.sequence, '$[0]') AS BIGINT) > 0
  AND (source.db, source."table", CAST(json_extract_string(source.sequence, '$[0]') AS BIGINT)) NOT IN (SELECT (source.db, source."table", source.lsn) FROM events)
ORDER BY 1, 2, 3
