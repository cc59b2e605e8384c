-- What was there at a moment, here an hour ago: certain; uncertain, since the moment lies in the window of a change; or
-- unknown, since the record was first seen later. A body is null where it was too large for an event, too. What happened
-- after the last look no event tells: the sweep marks do.
WITH t AS (SELECT CAST(epoch_ms(now()) - 3600000 AS BIGINT) AS ms),
e AS (SELECT *, source.db AS account, source."table" AS resource, coalesce(after.id, before.id) AS id FROM events),
past AS (SELECT account, resource, id, max_by(op, source.lsn) AS op, max_by([after.body], source.lsn)[1] AS body FROM e, t WHERE source.ts_ms <= t.ms GROUP BY ALL),
later AS (
  SELECT account, resource, id, bool_or(source.prev_ts_ms < t.ms) AS doubt, bool_or(source.prev_ts_ms IS NULL) AS unseen,
    min_by([coalesce(after.body, before.body)], source.lsn)[1] AS body
  FROM e, t WHERE source.ts_ms > t.ms AND (source.prev_ts_ms < t.ms OR source.prev_ts_ms IS NULL) GROUP BY ALL)
SELECT resource, account, id,
  CASE WHEN p.op IS NULL AND l.unseen THEN NULL WHEN p.op <> 'd' THEN p.body ELSE l.body END AS body,
  CASE WHEN l.doubt THEN 'uncertain' WHEN p.op IS NULL AND l.unseen THEN 'unknown' ELSE 'certain' END AS certainty
FROM past p FULL JOIN later l USING (account, resource, id)
WHERE p.op <> 'd' OR l.doubt OR (p.op IS NULL AND l.unseen)
ORDER BY 1, 2, 3
