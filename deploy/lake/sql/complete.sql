-- Is my copy complete? A row for each event that is missing, and what tells of it; no row means that nothing is, up to the
-- newest mark. By "sequence": an event names the one before it of the same account and resource. By "mark": an account's
-- numbers have no gaps, and all up to a mark's last_lsn were in the topics when the mark was written (this counts only if you
-- land all event topics).
WITH copied AS (
  SELECT source.db AS account, source."table" AS resource, source.lsn, CAST(json_extract_string(source.sequence, '$[0]') AS BIGINT) AS predecessor FROM events),
promised AS (SELECT account, min(lsn) AS first, (SELECT max(last_lsn) FROM marks WHERE account_id = account) AS last FROM copied GROUP BY account)
SELECT account, resource, predecessor AS missing, 'sequence of ' || lsn AS told_by FROM copied c
WHERE predecessor > 0 AND NOT EXISTS (FROM copied p WHERE p.account = c.account AND p.resource = c.resource AND p.lsn = c.predecessor)
UNION ALL
SELECT account, NULL, missing, 'mark of ' || last FROM (SELECT account, last, unnest(range(first, last + 1)) AS missing FROM promised) m
WHERE NOT EXISTS (FROM copied p WHERE p.account = m.account AND p.lsn = m.missing)
ORDER BY 1, 3, 2
