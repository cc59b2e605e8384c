{{ config(materialized='table') }}
WITH e AS (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes FROM {{ source('bronze', 'events') }} e),
seen AS (
  SELECT e.*, lag(lsn) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS was_lsn, lag(op) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS was_op,
    lag(body) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS was_body, lag(before_ms) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS was_ms FROM e),
changed AS (
  SELECT * FROM seen WHERE was_lsn IS NULL
    OR (was_lsn <> lsn AND (op <> 'r' OR was_op = 'd' OR coalesce(was_body, '') <> coalesce(body, '')))),
spans AS (
  SELECT changed.*, lead(coalesce(after_ms, was_ms)) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS ended_after_ms,
    lead(before_ms) OVER (PARTITION BY account_id, resource, id ORDER BY lsn) AS ended_before_ms FROM changed)
SELECT
  "account_id" AS "account_id",
  "resource" AS "resource",
  "id" AS "id",
  coalesce(regexp_extract("id", '^(.*)/[^/]*$', 1), '') AS "collection",
  "urn" AS "urn",
  "parent_id" AS "parent_id",
  "name" AS "name",
  "region" AS "region",
  make_timestamp(epoch_us(TRY_CAST(created_at AS TIMESTAMPTZ))) AS "created_at",
  "op" AS "op",
  "lsn" AS "lsn",
  epoch_ms(after_ms) AS "valid_after",
  epoch_ms(before_ms) AS "valid_before",
  epoch_ms(ended_after_ms) AS "ended_after",
  epoch_ms(ended_before_ms) AS "ended_before",
  "body" AS "body",
  "body_sha256" AS "body_sha256"
FROM spans WHERE op <> 'd'
