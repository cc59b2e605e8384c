-- seachange views --engine duckdb droplets firewalls volumes

CREATE SCHEMA IF NOT EXISTS silver;

CREATE OR REPLACE VIEW silver.events AS
SELECT
  v.resource AS "resource",
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  make_timestamp(epoch_us(TRY_CAST(v.created_at AS TIMESTAMPTZ))) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  epoch_ms(v.after_ms) AS "changed_after",
  epoch_ms(v.before_ms) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes FROM bronze.events e) v;

COMMENT ON VIEW silver.events IS 'Every event of DigitalOcean''s records; a delete has the record as it was';
COMMENT ON COLUMN silver.events."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.events."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.events."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.events."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.events."op" IS 'c created, u updated, d deleted, r first seen';
COMMENT ON COLUMN silver.events."lsn" IS 'the account''s event number: the order of its events';
COMMENT ON COLUMN silver.events."changed_after" IS 'the change happened after this; null when first seen';
COMMENT ON COLUMN silver.events."changed_before" IS 'the change happened before this';
COMMENT ON COLUMN silver.events."changes" IS 'what an update changed, as JSON';
COMMENT ON COLUMN silver.events."body" IS 'the record as DigitalOcean sent it, as JSON';

CREATE OR REPLACE VIEW silver.versions AS
WITH e AS (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes FROM bronze.events e),
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
FROM spans WHERE op <> 'd';

COMMENT ON VIEW silver.versions IS 'Each record of DigitalOcean as it was, from when to when';
COMMENT ON COLUMN silver.versions."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.versions."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.versions."collection" IS 'the ids of the parents, as in parent_id of the collection statuses; empty at the top';
COMMENT ON COLUMN silver.versions."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.versions."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.versions."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.versions."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.versions."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.versions."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.versions."ended_after" IS 'it ended after this; null while it lasts';
COMMENT ON COLUMN silver.versions."ended_before" IS 'it ended before this; null while it lasts';
COMMENT ON COLUMN silver.versions."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.versions."body_sha256" IS 'of a body that was too large';

CREATE OR REPLACE VIEW silver.droplets_events AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  make_timestamp(epoch_us(TRY_CAST(v.created_at AS TIMESTAMPTZ))) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  epoch_ms(v.after_ms) AS "changed_after",
  epoch_ms(v.before_ms) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  CASE WHEN json_type(v.j, '$."backup_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."backup_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "backup_ids",
  CASE WHEN json_type(v.j, '$."disk"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."disk"') AS BIGINT) END AS "disk",
  CASE WHEN json_type(v.j, '$."disk_info"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."disk_info"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("size" := CASE WHEN json_type(x1, '$."size"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(x1, '$."size"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."size"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(x1, '$."size"."unit"') IN ('VARCHAR') THEN json_extract_string(x1, '$."size"."unit"') END) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END AS "disk_info",
  CASE WHEN json_type(v.j, '$."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "features",
  CASE WHEN json_type(v.j, '$."gpu_info"') IN ('OBJECT') THEN struct_pack("count" := CASE WHEN json_type(v.j, '$."gpu_info"."count"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."gpu_info"."count"') AS BIGINT) END, "model" := CASE WHEN json_type(v.j, '$."gpu_info"."model"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_info"."model"') END, "vram" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."gpu_info"."vram"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"."unit"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_info"."vram"."unit"') END) END) END AS "gpu_info",
  CASE WHEN json_type(v.j, '$."gpu_partition_mode"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_partition_mode"') END AS "gpu_partition_mode",
  CASE WHEN json_type(v.j, '$."image"') IN ('OBJECT') THEN struct_pack("created_at" := CASE WHEN json_type(v.j, '$."image"."created_at"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."image"."created_at"') AS TIMESTAMPTZ))) END, "description" := CASE WHEN json_type(v.j, '$."image"."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."description"') END, "distribution" := CASE WHEN json_type(v.j, '$."image"."distribution"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."distribution"') END, "error_message" := CASE WHEN json_type(v.j, '$."image"."error_message"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."error_message"') END, "id" := CASE WHEN json_type(v.j, '$."image"."id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(v.j, '$."image"."id"') END, "min_disk_size" := CASE WHEN json_type(v.j, '$."image"."min_disk_size"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."image"."min_disk_size"') AS BIGINT) END, "name" := CASE WHEN json_type(v.j, '$."image"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."name"') END, "public" := CASE WHEN json_type(v.j, '$."image"."public"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."image"."public"') AS BOOLEAN) END, "regions" := CASE WHEN json_type(v.j, '$."image"."regions"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."image"."regions"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "size_gigabytes" := CASE WHEN json_type(v.j, '$."image"."size_gigabytes"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."image"."size_gigabytes"') AS DOUBLE) END, "slug" := CASE WHEN json_type(v.j, '$."image"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."slug"') END, "status" := CASE WHEN json_type(v.j, '$."image"."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."status"') END, "tags" := CASE WHEN json_type(v.j, '$."image"."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."image"."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "type" := CASE WHEN json_type(v.j, '$."image"."type"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."type"') END) END AS "image",
  CASE WHEN json_type(v.j, '$."kernel"') IN ('OBJECT') THEN struct_pack("id" := CASE WHEN json_type(v.j, '$."kernel"."id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(v.j, '$."kernel"."id"') END, "name" := CASE WHEN json_type(v.j, '$."kernel"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."kernel"."name"') END, "version" := CASE WHEN json_type(v.j, '$."kernel"."version"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."kernel"."version"') END) END AS "kernel",
  CASE WHEN json_type(v.j, '$."locked"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."locked"') AS BOOLEAN) END AS "locked",
  CASE WHEN json_type(v.j, '$."memory"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."memory"') AS BIGINT) END AS "memory",
  CASE WHEN json_type(v.j, '$."networks"') IN ('OBJECT') THEN struct_pack("v4" := CASE WHEN json_type(v.j, '$."networks"."v4"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."networks"."v4"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("gateway" := CASE WHEN json_type(x1, '$."gateway"') IN ('VARCHAR') THEN json_extract_string(x1, '$."gateway"') END, "ip_address" := CASE WHEN json_type(x1, '$."ip_address"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ip_address"') END, "netmask" := CASE WHEN json_type(x1, '$."netmask"') IN ('VARCHAR') THEN json_extract_string(x1, '$."netmask"') END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END, "v6" := CASE WHEN json_type(v.j, '$."networks"."v6"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."networks"."v6"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("gateway" := CASE WHEN json_type(x1, '$."gateway"') IN ('VARCHAR') THEN json_extract_string(x1, '$."gateway"') END, "ip_address" := CASE WHEN json_type(x1, '$."ip_address"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ip_address"') END, "netmask" := CASE WHEN json_type(x1, '$."netmask"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."netmask"') AS BIGINT) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END) END AS "networks",
  CASE WHEN json_type(v.j, '$."next_backup_window"') IN ('OBJECT') THEN struct_pack("end" := CASE WHEN json_type(v.j, '$."next_backup_window"."end"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."next_backup_window"."end"') AS TIMESTAMPTZ))) END, "start" := CASE WHEN json_type(v.j, '$."next_backup_window"."start"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."next_backup_window"."start"') AS TIMESTAMPTZ))) END) END AS "next_backup_window",
  CASE WHEN json_type(v.j, '$."region"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."region"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."region"."available"') AS BOOLEAN) END, "features" := CASE WHEN json_type(v.j, '$."region"."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "name" := CASE WHEN json_type(v.j, '$."region"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."name"') END, "sizes" := CASE WHEN json_type(v.j, '$."region"."sizes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."sizes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."region"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."slug"') END) END AS "body_region",
  CASE WHEN json_type(v.j, '$."size"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."size"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."size"."available"') AS BOOLEAN) END, "description" := CASE WHEN json_type(v.j, '$."size"."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."description"') END, "disk" := CASE WHEN json_type(v.j, '$."size"."disk"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."disk"') AS BIGINT) END, "disk_info" := CASE WHEN json_type(v.j, '$."size"."disk_info"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."disk_info"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("size" := CASE WHEN json_type(x1, '$."size"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(x1, '$."size"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."size"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(x1, '$."size"."unit"') IN ('VARCHAR') THEN json_extract_string(x1, '$."size"."unit"') END) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END, "gpu_info" := CASE WHEN json_type(v.j, '$."size"."gpu_info"') IN ('OBJECT') THEN struct_pack("count" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."count"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."gpu_info"."count"') AS BIGINT) END, "model" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."model"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."gpu_info"."model"') END, "supported_partition_modes" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."supported_partition_modes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."gpu_info"."supported_partition_modes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "vram" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."gpu_info"."vram"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"."unit"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."gpu_info"."vram"."unit"') END) END) END, "memory" := CASE WHEN json_type(v.j, '$."size"."memory"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."memory"') AS BIGINT) END, "price_hourly" := CASE WHEN json_type(v.j, '$."size"."price_hourly"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."price_hourly"') AS DOUBLE) END, "price_monthly" := CASE WHEN json_type(v.j, '$."size"."price_monthly"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."price_monthly"') AS DOUBLE) END, "regions" := CASE WHEN json_type(v.j, '$."size"."regions"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."regions"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."size"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."slug"') END, "transfer" := CASE WHEN json_type(v.j, '$."size"."transfer"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."transfer"') AS DOUBLE) END, "vcpus" := CASE WHEN json_type(v.j, '$."size"."vcpus"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."vcpus"') AS BIGINT) END) END AS "size",
  CASE WHEN json_type(v.j, '$."size_slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size_slug"') END AS "size_slug",
  CASE WHEN json_type(v.j, '$."snapshot_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."snapshot_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "snapshot_ids",
  CASE WHEN json_type(v.j, '$."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."status"') END AS "status",
  CASE WHEN json_type(v.j, '$."subnet_uuid"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."subnet_uuid"') END AS "subnet_uuid",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags",
  CASE WHEN json_type(v.j, '$."vcpus"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."vcpus"') AS BIGINT) END AS "vcpus",
  CASE WHEN json_type(v.j, '$."volume_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."volume_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "volume_ids",
  CASE WHEN json_type(v.j, '$."vpc_uuid"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."vpc_uuid"') END AS "vpc_uuid",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v4"[*]'), lambda x: json_extract_string(x, '$.type') = 'public')[1], '$.ip_address') AS "public_ipv4",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v4"[*]'), lambda x: json_extract_string(x, '$.type') = 'private')[1], '$.ip_address') AS "private_ipv4",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v6"[*]'), lambda x: json_extract_string(x, '$.type') = 'public')[1], '$.ip_address') AS "public_ipv6"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN json_valid(coalesce(e.after."body", e.before."body")) THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'droplets') v;

COMMENT ON VIEW silver.droplets_events IS 'Every event of droplets; a delete has the record as it was';
COMMENT ON COLUMN silver.droplets_events."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.droplets_events."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.droplets_events."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.droplets_events."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.droplets_events."op" IS 'c created, u updated, d deleted, r first seen';
COMMENT ON COLUMN silver.droplets_events."lsn" IS 'the account''s event number: the order of its events';
COMMENT ON COLUMN silver.droplets_events."changed_after" IS 'the change happened after this; null when first seen';
COMMENT ON COLUMN silver.droplets_events."changed_before" IS 'the change happened before this';
COMMENT ON COLUMN silver.droplets_events."changes" IS 'what an update changed, as JSON';
COMMENT ON COLUMN silver.droplets_events."body" IS 'the record as DigitalOcean sent it, as JSON';
COMMENT ON COLUMN silver.droplets_events."backup_ids" IS 'An array of backup IDs of any backups that have been taken of the Droplet instance';
COMMENT ON COLUMN silver.droplets_events."disk" IS 'The size of the Droplet''s disk in gigabytes';
COMMENT ON COLUMN silver.droplets_events."disk_info" IS 'An array of objects containing information about the disks available to the Droplet';
COMMENT ON COLUMN silver.droplets_events."features" IS 'An array of features enabled on this Droplet';
COMMENT ON COLUMN silver.droplets_events."gpu_info" IS 'An object containing information about the GPU capabilities of Droplets created with this size';
COMMENT ON COLUMN silver.droplets_events."image" IS 'The Droplet''s image.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets_events."kernel" IS 'Note: All Droplets created after March 2017 use internal kernels by default';
COMMENT ON COLUMN silver.droplets_events."locked" IS 'A boolean value indicating whether the Droplet has been locked, preventing actions by users';
COMMENT ON COLUMN silver.droplets_events."memory" IS 'Memory of the Droplet in megabytes';
COMMENT ON COLUMN silver.droplets_events."networks" IS 'The details of the network that are configured for the Droplet instance';
COMMENT ON COLUMN silver.droplets_events."next_backup_window" IS 'The details of the Droplet''s backups feature, if backups are configured for the Droplet';
COMMENT ON COLUMN silver.droplets_events."size_slug" IS 'The unique slug identifier for the size of this Droplet';
COMMENT ON COLUMN silver.droplets_events."snapshot_ids" IS 'An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets_events."status" IS 'A status string indicating the state of the Droplet instance';
COMMENT ON COLUMN silver.droplets_events."tags" IS 'An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope';
COMMENT ON COLUMN silver.droplets_events."vcpus" IS 'The number of virtual CPUs';
COMMENT ON COLUMN silver.droplets_events."volume_ids" IS 'A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…';
COMMENT ON COLUMN silver.droplets_events."vpc_uuid" IS 'A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope';
COMMENT ON COLUMN silver.droplets_events."public_ipv4" IS 'the public address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets_events."private_ipv4" IS 'the private address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets_events."public_ipv6" IS 'the public address of networks.v6; networks is a set, in which places mean nothing';

CREATE OR REPLACE VIEW silver.droplets_versions AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  v."created_at" AS "created_at",
  v."op" AS "op",
  v."lsn" AS "lsn",
  v."valid_after" AS "valid_after",
  v."valid_before" AS "valid_before",
  v."ended_after" AS "ended_after",
  v."ended_before" AS "ended_before",
  v."body" AS "body",
  CASE WHEN json_type(v.j, '$."backup_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."backup_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "backup_ids",
  CASE WHEN json_type(v.j, '$."disk"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."disk"') AS BIGINT) END AS "disk",
  CASE WHEN json_type(v.j, '$."disk_info"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."disk_info"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("size" := CASE WHEN json_type(x1, '$."size"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(x1, '$."size"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."size"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(x1, '$."size"."unit"') IN ('VARCHAR') THEN json_extract_string(x1, '$."size"."unit"') END) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END AS "disk_info",
  CASE WHEN json_type(v.j, '$."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "features",
  CASE WHEN json_type(v.j, '$."gpu_info"') IN ('OBJECT') THEN struct_pack("count" := CASE WHEN json_type(v.j, '$."gpu_info"."count"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."gpu_info"."count"') AS BIGINT) END, "model" := CASE WHEN json_type(v.j, '$."gpu_info"."model"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_info"."model"') END, "vram" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."gpu_info"."vram"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(v.j, '$."gpu_info"."vram"."unit"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_info"."vram"."unit"') END) END) END AS "gpu_info",
  CASE WHEN json_type(v.j, '$."gpu_partition_mode"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."gpu_partition_mode"') END AS "gpu_partition_mode",
  CASE WHEN json_type(v.j, '$."image"') IN ('OBJECT') THEN struct_pack("created_at" := CASE WHEN json_type(v.j, '$."image"."created_at"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."image"."created_at"') AS TIMESTAMPTZ))) END, "description" := CASE WHEN json_type(v.j, '$."image"."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."description"') END, "distribution" := CASE WHEN json_type(v.j, '$."image"."distribution"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."distribution"') END, "error_message" := CASE WHEN json_type(v.j, '$."image"."error_message"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."error_message"') END, "id" := CASE WHEN json_type(v.j, '$."image"."id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(v.j, '$."image"."id"') END, "min_disk_size" := CASE WHEN json_type(v.j, '$."image"."min_disk_size"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."image"."min_disk_size"') AS BIGINT) END, "name" := CASE WHEN json_type(v.j, '$."image"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."name"') END, "public" := CASE WHEN json_type(v.j, '$."image"."public"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."image"."public"') AS BOOLEAN) END, "regions" := CASE WHEN json_type(v.j, '$."image"."regions"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."image"."regions"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "size_gigabytes" := CASE WHEN json_type(v.j, '$."image"."size_gigabytes"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."image"."size_gigabytes"') AS DOUBLE) END, "slug" := CASE WHEN json_type(v.j, '$."image"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."slug"') END, "status" := CASE WHEN json_type(v.j, '$."image"."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."status"') END, "tags" := CASE WHEN json_type(v.j, '$."image"."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."image"."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "type" := CASE WHEN json_type(v.j, '$."image"."type"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."image"."type"') END) END AS "image",
  CASE WHEN json_type(v.j, '$."kernel"') IN ('OBJECT') THEN struct_pack("id" := CASE WHEN json_type(v.j, '$."kernel"."id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(v.j, '$."kernel"."id"') END, "name" := CASE WHEN json_type(v.j, '$."kernel"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."kernel"."name"') END, "version" := CASE WHEN json_type(v.j, '$."kernel"."version"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."kernel"."version"') END) END AS "kernel",
  CASE WHEN json_type(v.j, '$."locked"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."locked"') AS BOOLEAN) END AS "locked",
  CASE WHEN json_type(v.j, '$."memory"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."memory"') AS BIGINT) END AS "memory",
  CASE WHEN json_type(v.j, '$."networks"') IN ('OBJECT') THEN struct_pack("v4" := CASE WHEN json_type(v.j, '$."networks"."v4"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."networks"."v4"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("gateway" := CASE WHEN json_type(x1, '$."gateway"') IN ('VARCHAR') THEN json_extract_string(x1, '$."gateway"') END, "ip_address" := CASE WHEN json_type(x1, '$."ip_address"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ip_address"') END, "netmask" := CASE WHEN json_type(x1, '$."netmask"') IN ('VARCHAR') THEN json_extract_string(x1, '$."netmask"') END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END, "v6" := CASE WHEN json_type(v.j, '$."networks"."v6"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."networks"."v6"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("gateway" := CASE WHEN json_type(x1, '$."gateway"') IN ('VARCHAR') THEN json_extract_string(x1, '$."gateway"') END, "ip_address" := CASE WHEN json_type(x1, '$."ip_address"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ip_address"') END, "netmask" := CASE WHEN json_type(x1, '$."netmask"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."netmask"') AS BIGINT) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END) END AS "networks",
  CASE WHEN json_type(v.j, '$."next_backup_window"') IN ('OBJECT') THEN struct_pack("end" := CASE WHEN json_type(v.j, '$."next_backup_window"."end"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."next_backup_window"."end"') AS TIMESTAMPTZ))) END, "start" := CASE WHEN json_type(v.j, '$."next_backup_window"."start"') IN ('VARCHAR') THEN make_timestamp(epoch_us(TRY_CAST(json_extract_string(v.j, '$."next_backup_window"."start"') AS TIMESTAMPTZ))) END) END AS "next_backup_window",
  CASE WHEN json_type(v.j, '$."region"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."region"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."region"."available"') AS BOOLEAN) END, "features" := CASE WHEN json_type(v.j, '$."region"."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "name" := CASE WHEN json_type(v.j, '$."region"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."name"') END, "sizes" := CASE WHEN json_type(v.j, '$."region"."sizes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."sizes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."region"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."slug"') END) END AS "body_region",
  CASE WHEN json_type(v.j, '$."size"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."size"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."size"."available"') AS BOOLEAN) END, "description" := CASE WHEN json_type(v.j, '$."size"."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."description"') END, "disk" := CASE WHEN json_type(v.j, '$."size"."disk"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."disk"') AS BIGINT) END, "disk_info" := CASE WHEN json_type(v.j, '$."size"."disk_info"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."disk_info"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("size" := CASE WHEN json_type(x1, '$."size"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(x1, '$."size"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(x1, '$."size"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(x1, '$."size"."unit"') IN ('VARCHAR') THEN json_extract_string(x1, '$."size"."unit"') END) END, "type" := CASE WHEN json_type(x1, '$."type"') IN ('VARCHAR') THEN json_extract_string(x1, '$."type"') END) END) END, "gpu_info" := CASE WHEN json_type(v.j, '$."size"."gpu_info"') IN ('OBJECT') THEN struct_pack("count" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."count"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."gpu_info"."count"') AS BIGINT) END, "model" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."model"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."gpu_info"."model"') END, "supported_partition_modes" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."supported_partition_modes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."gpu_info"."supported_partition_modes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "vram" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"') IN ('OBJECT') THEN struct_pack("amount" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"."amount"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."gpu_info"."vram"."amount"') AS BIGINT) END, "unit" := CASE WHEN json_type(v.j, '$."size"."gpu_info"."vram"."unit"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."gpu_info"."vram"."unit"') END) END) END, "memory" := CASE WHEN json_type(v.j, '$."size"."memory"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."memory"') AS BIGINT) END, "price_hourly" := CASE WHEN json_type(v.j, '$."size"."price_hourly"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."price_hourly"') AS DOUBLE) END, "price_monthly" := CASE WHEN json_type(v.j, '$."size"."price_monthly"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."price_monthly"') AS DOUBLE) END, "regions" := CASE WHEN json_type(v.j, '$."size"."regions"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."size"."regions"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."size"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size"."slug"') END, "transfer" := CASE WHEN json_type(v.j, '$."size"."transfer"') IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN TRY_CAST(json_extract_string(v.j, '$."size"."transfer"') AS DOUBLE) END, "vcpus" := CASE WHEN json_type(v.j, '$."size"."vcpus"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size"."vcpus"') AS BIGINT) END) END AS "size",
  CASE WHEN json_type(v.j, '$."size_slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."size_slug"') END AS "size_slug",
  CASE WHEN json_type(v.j, '$."snapshot_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."snapshot_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "snapshot_ids",
  CASE WHEN json_type(v.j, '$."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."status"') END AS "status",
  CASE WHEN json_type(v.j, '$."subnet_uuid"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."subnet_uuid"') END AS "subnet_uuid",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags",
  CASE WHEN json_type(v.j, '$."vcpus"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."vcpus"') AS BIGINT) END AS "vcpus",
  CASE WHEN json_type(v.j, '$."volume_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."volume_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "volume_ids",
  CASE WHEN json_type(v.j, '$."vpc_uuid"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."vpc_uuid"') END AS "vpc_uuid",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v4"[*]'), lambda x: json_extract_string(x, '$.type') = 'public')[1], '$.ip_address') AS "public_ipv4",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v4"[*]'), lambda x: json_extract_string(x, '$.type') = 'private')[1], '$.ip_address') AS "private_ipv4",
  json_extract_string(list_filter(json_extract(v.j, '$."networks"."v6"[*]'), lambda x: json_extract_string(x, '$.type') = 'public')[1], '$.ip_address') AS "public_ipv6"
FROM (SELECT v.*, CASE WHEN json_valid(v.body) THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'droplets') v;

COMMENT ON VIEW silver.droplets_versions IS 'Each of droplets as it was, from when to when';
COMMENT ON COLUMN silver.droplets_versions."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.droplets_versions."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.droplets_versions."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.droplets_versions."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.droplets_versions."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.droplets_versions."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.droplets_versions."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.droplets_versions."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.droplets_versions."ended_after" IS 'it ended after this; null while it lasts';
COMMENT ON COLUMN silver.droplets_versions."ended_before" IS 'it ended before this; null while it lasts';
COMMENT ON COLUMN silver.droplets_versions."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.droplets_versions."backup_ids" IS 'An array of backup IDs of any backups that have been taken of the Droplet instance';
COMMENT ON COLUMN silver.droplets_versions."disk" IS 'The size of the Droplet''s disk in gigabytes';
COMMENT ON COLUMN silver.droplets_versions."disk_info" IS 'An array of objects containing information about the disks available to the Droplet';
COMMENT ON COLUMN silver.droplets_versions."features" IS 'An array of features enabled on this Droplet';
COMMENT ON COLUMN silver.droplets_versions."gpu_info" IS 'An object containing information about the GPU capabilities of Droplets created with this size';
COMMENT ON COLUMN silver.droplets_versions."image" IS 'The Droplet''s image.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets_versions."kernel" IS 'Note: All Droplets created after March 2017 use internal kernels by default';
COMMENT ON COLUMN silver.droplets_versions."locked" IS 'A boolean value indicating whether the Droplet has been locked, preventing actions by users';
COMMENT ON COLUMN silver.droplets_versions."memory" IS 'Memory of the Droplet in megabytes';
COMMENT ON COLUMN silver.droplets_versions."networks" IS 'The details of the network that are configured for the Droplet instance';
COMMENT ON COLUMN silver.droplets_versions."next_backup_window" IS 'The details of the Droplet''s backups feature, if backups are configured for the Droplet';
COMMENT ON COLUMN silver.droplets_versions."size_slug" IS 'The unique slug identifier for the size of this Droplet';
COMMENT ON COLUMN silver.droplets_versions."snapshot_ids" IS 'An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets_versions."status" IS 'A status string indicating the state of the Droplet instance';
COMMENT ON COLUMN silver.droplets_versions."tags" IS 'An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope';
COMMENT ON COLUMN silver.droplets_versions."vcpus" IS 'The number of virtual CPUs';
COMMENT ON COLUMN silver.droplets_versions."volume_ids" IS 'A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…';
COMMENT ON COLUMN silver.droplets_versions."vpc_uuid" IS 'A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope';
COMMENT ON COLUMN silver.droplets_versions."public_ipv4" IS 'the public address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets_versions."private_ipv4" IS 'the private address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets_versions."public_ipv6" IS 'the public address of networks.v6; networks is a set, in which places mean nothing';

CREATE OR REPLACE VIEW silver.droplets AS
SELECT
  "account_id" AS "account_id",
  "id" AS "id",
  "urn" AS "urn",
  "parent_id" AS "parent_id",
  "name" AS "name",
  "region" AS "region",
  "created_at" AS "created_at",
  "op" AS "op",
  "lsn" AS "lsn",
  "valid_after" AS "valid_after",
  "valid_before" AS "valid_before",
  "body" AS "body",
  "backup_ids" AS "backup_ids",
  "disk" AS "disk",
  "disk_info" AS "disk_info",
  "features" AS "features",
  "gpu_info" AS "gpu_info",
  "gpu_partition_mode" AS "gpu_partition_mode",
  "image" AS "image",
  "kernel" AS "kernel",
  "locked" AS "locked",
  "memory" AS "memory",
  "networks" AS "networks",
  "next_backup_window" AS "next_backup_window",
  "body_region" AS "body_region",
  "size" AS "size",
  "size_slug" AS "size_slug",
  "snapshot_ids" AS "snapshot_ids",
  "status" AS "status",
  "subnet_uuid" AS "subnet_uuid",
  "tags" AS "tags",
  "vcpus" AS "vcpus",
  "volume_ids" AS "volume_ids",
  "vpc_uuid" AS "vpc_uuid",
  "public_ipv4" AS "public_ipv4",
  "private_ipv4" AS "private_ipv4",
  "public_ipv6" AS "public_ipv6"
FROM silver.droplets_versions WHERE "ended_before" IS NULL;

COMMENT ON VIEW silver.droplets IS 'The droplets that are there now';
COMMENT ON COLUMN silver.droplets."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.droplets."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.droplets."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.droplets."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.droplets."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.droplets."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.droplets."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.droplets."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.droplets."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.droplets."backup_ids" IS 'An array of backup IDs of any backups that have been taken of the Droplet instance';
COMMENT ON COLUMN silver.droplets."disk" IS 'The size of the Droplet''s disk in gigabytes';
COMMENT ON COLUMN silver.droplets."disk_info" IS 'An array of objects containing information about the disks available to the Droplet';
COMMENT ON COLUMN silver.droplets."features" IS 'An array of features enabled on this Droplet';
COMMENT ON COLUMN silver.droplets."gpu_info" IS 'An object containing information about the GPU capabilities of Droplets created with this size';
COMMENT ON COLUMN silver.droplets."image" IS 'The Droplet''s image.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets."kernel" IS 'Note: All Droplets created after March 2017 use internal kernels by default';
COMMENT ON COLUMN silver.droplets."locked" IS 'A boolean value indicating whether the Droplet has been locked, preventing actions by users';
COMMENT ON COLUMN silver.droplets."memory" IS 'Memory of the Droplet in megabytes';
COMMENT ON COLUMN silver.droplets."networks" IS 'The details of the network that are configured for the Droplet instance';
COMMENT ON COLUMN silver.droplets."next_backup_window" IS 'The details of the Droplet''s backups feature, if backups are configured for the Droplet';
COMMENT ON COLUMN silver.droplets."size_slug" IS 'The unique slug identifier for the size of this Droplet';
COMMENT ON COLUMN silver.droplets."snapshot_ids" IS 'An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope';
COMMENT ON COLUMN silver.droplets."status" IS 'A status string indicating the state of the Droplet instance';
COMMENT ON COLUMN silver.droplets."tags" IS 'An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope';
COMMENT ON COLUMN silver.droplets."vcpus" IS 'The number of virtual CPUs';
COMMENT ON COLUMN silver.droplets."volume_ids" IS 'A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…';
COMMENT ON COLUMN silver.droplets."vpc_uuid" IS 'A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope';
COMMENT ON COLUMN silver.droplets."public_ipv4" IS 'the public address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets."private_ipv4" IS 'the private address of networks.v4; networks is a set, in which places mean nothing';
COMMENT ON COLUMN silver.droplets."public_ipv6" IS 'the public address of networks.v6; networks is a set, in which places mean nothing';

CREATE OR REPLACE VIEW silver.firewalls_events AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  make_timestamp(epoch_us(TRY_CAST(v.created_at AS TIMESTAMPTZ))) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  epoch_ms(v.after_ms) AS "changed_after",
  epoch_ms(v.before_ms) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  CASE WHEN json_type(v.j, '$."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."droplet_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "droplet_ids",
  CASE WHEN json_type(v.j, '$."inbound_rules"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."inbound_rules"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("action" := CASE WHEN json_type(x1, '$."action"') IN ('VARCHAR') THEN json_extract_string(x1, '$."action"') END, "ports" := CASE WHEN json_type(x1, '$."ports"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ports"') END, "protocol" := CASE WHEN json_type(x1, '$."protocol"') IN ('VARCHAR') THEN json_extract_string(x1, '$."protocol"') END, "sources" := CASE WHEN json_type(x1, '$."sources"') IN ('OBJECT') THEN struct_pack("addresses" := CASE WHEN json_type(x1, '$."sources"."addresses"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."addresses"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "droplet_ids" := CASE WHEN json_type(x1, '$."sources"."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."droplet_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x2, '$') END) END, "kubernetes_ids" := CASE WHEN json_type(x1, '$."sources"."kubernetes_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."kubernetes_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "load_balancer_uids" := CASE WHEN json_type(x1, '$."sources"."load_balancer_uids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."load_balancer_uids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "tags" := CASE WHEN json_type(x1, '$."sources"."tags"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."tags"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END) END) END) END AS "inbound_rules",
  CASE WHEN json_type(v.j, '$."outbound_rules"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."outbound_rules"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("action" := CASE WHEN json_type(x1, '$."action"') IN ('VARCHAR') THEN json_extract_string(x1, '$."action"') END, "destinations" := CASE WHEN json_type(x1, '$."destinations"') IN ('OBJECT') THEN struct_pack("addresses" := CASE WHEN json_type(x1, '$."destinations"."addresses"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."addresses"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "droplet_ids" := CASE WHEN json_type(x1, '$."destinations"."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."droplet_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x2, '$') END) END, "kubernetes_ids" := CASE WHEN json_type(x1, '$."destinations"."kubernetes_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."kubernetes_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "load_balancer_uids" := CASE WHEN json_type(x1, '$."destinations"."load_balancer_uids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."load_balancer_uids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "tags" := CASE WHEN json_type(x1, '$."destinations"."tags"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."tags"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END) END, "ports" := CASE WHEN json_type(x1, '$."ports"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ports"') END, "protocol" := CASE WHEN json_type(x1, '$."protocol"') IN ('VARCHAR') THEN json_extract_string(x1, '$."protocol"') END) END) END AS "outbound_rules",
  CASE WHEN json_type(v.j, '$."pending_changes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."pending_changes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("droplet_id" := CASE WHEN json_type(x1, '$."droplet_id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$."droplet_id"') END, "removing" := CASE WHEN json_type(x1, '$."removing"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(x1, '$."removing"') AS BOOLEAN) END, "status" := CASE WHEN json_type(x1, '$."status"') IN ('VARCHAR') THEN json_extract_string(x1, '$."status"') END) END) END AS "pending_changes",
  CASE WHEN json_type(v.j, '$."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."status"') END AS "status",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN json_valid(coalesce(e.after."body", e.before."body")) THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'firewalls') v;

COMMENT ON VIEW silver.firewalls_events IS 'Every event of firewalls; a delete has the record as it was';
COMMENT ON COLUMN silver.firewalls_events."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.firewalls_events."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.firewalls_events."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.firewalls_events."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.firewalls_events."op" IS 'c created, u updated, d deleted, r first seen';
COMMENT ON COLUMN silver.firewalls_events."lsn" IS 'the account''s event number: the order of its events';
COMMENT ON COLUMN silver.firewalls_events."changed_after" IS 'the change happened after this; null when first seen';
COMMENT ON COLUMN silver.firewalls_events."changed_before" IS 'the change happened before this';
COMMENT ON COLUMN silver.firewalls_events."changes" IS 'what an update changed, as JSON';
COMMENT ON COLUMN silver.firewalls_events."body" IS 'the record as DigitalOcean sent it, as JSON';
COMMENT ON COLUMN silver.firewalls_events."droplet_ids" IS 'An array containing the IDs of the Droplets assigned to the firewall';
COMMENT ON COLUMN silver.firewalls_events."pending_changes" IS 'An array of objects each containing the fields "droplet_id", "removing", and "status"';
COMMENT ON COLUMN silver.firewalls_events."status" IS 'A status string indicating the current state of the firewall';
COMMENT ON COLUMN silver.firewalls_events."tags" IS 'A flat array of tag names as strings to be applied to the resource';

CREATE OR REPLACE VIEW silver.firewalls_versions AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  v."created_at" AS "created_at",
  v."op" AS "op",
  v."lsn" AS "lsn",
  v."valid_after" AS "valid_after",
  v."valid_before" AS "valid_before",
  v."ended_after" AS "ended_after",
  v."ended_before" AS "ended_before",
  v."body" AS "body",
  CASE WHEN json_type(v.j, '$."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."droplet_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "droplet_ids",
  CASE WHEN json_type(v.j, '$."inbound_rules"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."inbound_rules"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("action" := CASE WHEN json_type(x1, '$."action"') IN ('VARCHAR') THEN json_extract_string(x1, '$."action"') END, "ports" := CASE WHEN json_type(x1, '$."ports"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ports"') END, "protocol" := CASE WHEN json_type(x1, '$."protocol"') IN ('VARCHAR') THEN json_extract_string(x1, '$."protocol"') END, "sources" := CASE WHEN json_type(x1, '$."sources"') IN ('OBJECT') THEN struct_pack("addresses" := CASE WHEN json_type(x1, '$."sources"."addresses"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."addresses"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "droplet_ids" := CASE WHEN json_type(x1, '$."sources"."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."droplet_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x2, '$') END) END, "kubernetes_ids" := CASE WHEN json_type(x1, '$."sources"."kubernetes_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."kubernetes_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "load_balancer_uids" := CASE WHEN json_type(x1, '$."sources"."load_balancer_uids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."load_balancer_uids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "tags" := CASE WHEN json_type(x1, '$."sources"."tags"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."sources"."tags"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END) END) END) END AS "inbound_rules",
  CASE WHEN json_type(v.j, '$."outbound_rules"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."outbound_rules"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("action" := CASE WHEN json_type(x1, '$."action"') IN ('VARCHAR') THEN json_extract_string(x1, '$."action"') END, "destinations" := CASE WHEN json_type(x1, '$."destinations"') IN ('OBJECT') THEN struct_pack("addresses" := CASE WHEN json_type(x1, '$."destinations"."addresses"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."addresses"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "droplet_ids" := CASE WHEN json_type(x1, '$."destinations"."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."droplet_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x2, '$') END) END, "kubernetes_ids" := CASE WHEN json_type(x1, '$."destinations"."kubernetes_ids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."kubernetes_ids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "load_balancer_uids" := CASE WHEN json_type(x1, '$."destinations"."load_balancer_uids"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."load_balancer_uids"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END, "tags" := CASE WHEN json_type(x1, '$."destinations"."tags"') IN ('ARRAY') THEN list_transform(json_extract(x1, '$."destinations"."tags"[*]'), lambda x2: CASE WHEN json_type(x2, '$') IN ('VARCHAR') THEN json_extract_string(x2, '$') END) END) END, "ports" := CASE WHEN json_type(x1, '$."ports"') IN ('VARCHAR') THEN json_extract_string(x1, '$."ports"') END, "protocol" := CASE WHEN json_type(x1, '$."protocol"') IN ('VARCHAR') THEN json_extract_string(x1, '$."protocol"') END) END) END AS "outbound_rules",
  CASE WHEN json_type(v.j, '$."pending_changes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."pending_changes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('OBJECT') THEN struct_pack("droplet_id" := CASE WHEN json_type(x1, '$."droplet_id"') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$."droplet_id"') END, "removing" := CASE WHEN json_type(x1, '$."removing"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(x1, '$."removing"') AS BOOLEAN) END, "status" := CASE WHEN json_type(x1, '$."status"') IN ('VARCHAR') THEN json_extract_string(x1, '$."status"') END) END) END AS "pending_changes",
  CASE WHEN json_type(v.j, '$."status"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."status"') END AS "status",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags"
FROM (SELECT v.*, CASE WHEN json_valid(v.body) THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'firewalls') v;

COMMENT ON VIEW silver.firewalls_versions IS 'Each of firewalls as it was, from when to when';
COMMENT ON COLUMN silver.firewalls_versions."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.firewalls_versions."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.firewalls_versions."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.firewalls_versions."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.firewalls_versions."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.firewalls_versions."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.firewalls_versions."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.firewalls_versions."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.firewalls_versions."ended_after" IS 'it ended after this; null while it lasts';
COMMENT ON COLUMN silver.firewalls_versions."ended_before" IS 'it ended before this; null while it lasts';
COMMENT ON COLUMN silver.firewalls_versions."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.firewalls_versions."droplet_ids" IS 'An array containing the IDs of the Droplets assigned to the firewall';
COMMENT ON COLUMN silver.firewalls_versions."pending_changes" IS 'An array of objects each containing the fields "droplet_id", "removing", and "status"';
COMMENT ON COLUMN silver.firewalls_versions."status" IS 'A status string indicating the current state of the firewall';
COMMENT ON COLUMN silver.firewalls_versions."tags" IS 'A flat array of tag names as strings to be applied to the resource';

CREATE OR REPLACE VIEW silver.firewalls AS
SELECT
  "account_id" AS "account_id",
  "id" AS "id",
  "urn" AS "urn",
  "parent_id" AS "parent_id",
  "name" AS "name",
  "region" AS "region",
  "created_at" AS "created_at",
  "op" AS "op",
  "lsn" AS "lsn",
  "valid_after" AS "valid_after",
  "valid_before" AS "valid_before",
  "body" AS "body",
  "droplet_ids" AS "droplet_ids",
  "inbound_rules" AS "inbound_rules",
  "outbound_rules" AS "outbound_rules",
  "pending_changes" AS "pending_changes",
  "status" AS "status",
  "tags" AS "tags"
FROM silver.firewalls_versions WHERE "ended_before" IS NULL;

COMMENT ON VIEW silver.firewalls IS 'The firewalls that are there now';
COMMENT ON COLUMN silver.firewalls."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.firewalls."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.firewalls."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.firewalls."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.firewalls."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.firewalls."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.firewalls."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.firewalls."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.firewalls."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.firewalls."droplet_ids" IS 'An array containing the IDs of the Droplets assigned to the firewall';
COMMENT ON COLUMN silver.firewalls."pending_changes" IS 'An array of objects each containing the fields "droplet_id", "removing", and "status"';
COMMENT ON COLUMN silver.firewalls."status" IS 'A status string indicating the current state of the firewall';
COMMENT ON COLUMN silver.firewalls."tags" IS 'A flat array of tag names as strings to be applied to the resource';

CREATE OR REPLACE VIEW silver.volumes_events AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  make_timestamp(epoch_us(TRY_CAST(v.created_at AS TIMESTAMPTZ))) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  epoch_ms(v.after_ms) AS "changed_after",
  epoch_ms(v.before_ms) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  CASE WHEN json_type(v.j, '$."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."description"') END AS "description",
  CASE WHEN json_type(v.j, '$."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."droplet_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "droplet_ids",
  CASE WHEN json_type(v.j, '$."filesystem_label"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."filesystem_label"') END AS "filesystem_label",
  CASE WHEN json_type(v.j, '$."filesystem_type"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."filesystem_type"') END AS "filesystem_type",
  CASE WHEN json_type(v.j, '$."region"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."region"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."region"."available"') AS BOOLEAN) END, "features" := CASE WHEN json_type(v.j, '$."region"."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "name" := CASE WHEN json_type(v.j, '$."region"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."name"') END, "sizes" := CASE WHEN json_type(v.j, '$."region"."sizes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."sizes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."region"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."slug"') END) END AS "body_region",
  CASE WHEN json_type(v.j, '$."size_gigabytes"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size_gigabytes"') AS BIGINT) END AS "size_gigabytes",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN json_valid(coalesce(e.after."body", e.before."body")) THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'volumes') v;

COMMENT ON VIEW silver.volumes_events IS 'Every event of volumes; a delete has the record as it was';
COMMENT ON COLUMN silver.volumes_events."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.volumes_events."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.volumes_events."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.volumes_events."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.volumes_events."op" IS 'c created, u updated, d deleted, r first seen';
COMMENT ON COLUMN silver.volumes_events."lsn" IS 'the account''s event number: the order of its events';
COMMENT ON COLUMN silver.volumes_events."changed_after" IS 'the change happened after this; null when first seen';
COMMENT ON COLUMN silver.volumes_events."changed_before" IS 'the change happened before this';
COMMENT ON COLUMN silver.volumes_events."changes" IS 'what an update changed, as JSON';
COMMENT ON COLUMN silver.volumes_events."body" IS 'the record as DigitalOcean sent it, as JSON';
COMMENT ON COLUMN silver.volumes_events."description" IS 'An optional free-form text field to describe a block storage volume';
COMMENT ON COLUMN silver.volumes_events."droplet_ids" IS 'An array containing the IDs of the Droplets the volume is attached to';
COMMENT ON COLUMN silver.volumes_events."filesystem_label" IS 'The label currently applied to the filesystem';
COMMENT ON COLUMN silver.volumes_events."filesystem_type" IS 'The type of filesystem currently in-use on the volume';
COMMENT ON COLUMN silver.volumes_events."body_region" IS 'The region that the block storage volume is located in';
COMMENT ON COLUMN silver.volumes_events."size_gigabytes" IS 'The size of the block storage volume in GiB (1024^3)';
COMMENT ON COLUMN silver.volumes_events."tags" IS 'A flat array of tag names as strings applied to the resource';

CREATE OR REPLACE VIEW silver.volumes_versions AS
SELECT
  v."account_id" AS "account_id",
  v."id" AS "id",
  v."urn" AS "urn",
  v."parent_id" AS "parent_id",
  v."name" AS "name",
  v."region" AS "region",
  v."created_at" AS "created_at",
  v."op" AS "op",
  v."lsn" AS "lsn",
  v."valid_after" AS "valid_after",
  v."valid_before" AS "valid_before",
  v."ended_after" AS "ended_after",
  v."ended_before" AS "ended_before",
  v."body" AS "body",
  CASE WHEN json_type(v.j, '$."description"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."description"') END AS "description",
  CASE WHEN json_type(v.j, '$."droplet_ids"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."droplet_ids"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR', 'BIGINT', 'UBIGINT') THEN json_extract_string(x1, '$') END) END AS "droplet_ids",
  CASE WHEN json_type(v.j, '$."filesystem_label"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."filesystem_label"') END AS "filesystem_label",
  CASE WHEN json_type(v.j, '$."filesystem_type"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."filesystem_type"') END AS "filesystem_type",
  CASE WHEN json_type(v.j, '$."region"') IN ('OBJECT') THEN struct_pack("available" := CASE WHEN json_type(v.j, '$."region"."available"') IN ('BOOLEAN') THEN TRY_CAST(json_extract_string(v.j, '$."region"."available"') AS BOOLEAN) END, "features" := CASE WHEN json_type(v.j, '$."region"."features"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."features"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "name" := CASE WHEN json_type(v.j, '$."region"."name"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."name"') END, "sizes" := CASE WHEN json_type(v.j, '$."region"."sizes"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."region"."sizes"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END, "slug" := CASE WHEN json_type(v.j, '$."region"."slug"') IN ('VARCHAR') THEN json_extract_string(v.j, '$."region"."slug"') END) END AS "body_region",
  CASE WHEN json_type(v.j, '$."size_gigabytes"') IN ('BIGINT', 'UBIGINT') THEN TRY_CAST(json_extract_string(v.j, '$."size_gigabytes"') AS BIGINT) END AS "size_gigabytes",
  CASE WHEN json_type(v.j, '$."tags"') IN ('ARRAY') THEN list_transform(json_extract(v.j, '$."tags"[*]'), lambda x1: CASE WHEN json_type(x1, '$') IN ('VARCHAR') THEN json_extract_string(x1, '$') END) END AS "tags"
FROM (SELECT v.*, CASE WHEN json_valid(v.body) THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'volumes') v;

COMMENT ON VIEW silver.volumes_versions IS 'Each of volumes as it was, from when to when';
COMMENT ON COLUMN silver.volumes_versions."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.volumes_versions."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.volumes_versions."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.volumes_versions."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.volumes_versions."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.volumes_versions."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.volumes_versions."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.volumes_versions."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.volumes_versions."ended_after" IS 'it ended after this; null while it lasts';
COMMENT ON COLUMN silver.volumes_versions."ended_before" IS 'it ended before this; null while it lasts';
COMMENT ON COLUMN silver.volumes_versions."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.volumes_versions."description" IS 'An optional free-form text field to describe a block storage volume';
COMMENT ON COLUMN silver.volumes_versions."droplet_ids" IS 'An array containing the IDs of the Droplets the volume is attached to';
COMMENT ON COLUMN silver.volumes_versions."filesystem_label" IS 'The label currently applied to the filesystem';
COMMENT ON COLUMN silver.volumes_versions."filesystem_type" IS 'The type of filesystem currently in-use on the volume';
COMMENT ON COLUMN silver.volumes_versions."body_region" IS 'The region that the block storage volume is located in';
COMMENT ON COLUMN silver.volumes_versions."size_gigabytes" IS 'The size of the block storage volume in GiB (1024^3)';
COMMENT ON COLUMN silver.volumes_versions."tags" IS 'A flat array of tag names as strings applied to the resource';

CREATE OR REPLACE VIEW silver.volumes AS
SELECT
  "account_id" AS "account_id",
  "id" AS "id",
  "urn" AS "urn",
  "parent_id" AS "parent_id",
  "name" AS "name",
  "region" AS "region",
  "created_at" AS "created_at",
  "op" AS "op",
  "lsn" AS "lsn",
  "valid_after" AS "valid_after",
  "valid_before" AS "valid_before",
  "body" AS "body",
  "description" AS "description",
  "droplet_ids" AS "droplet_ids",
  "filesystem_label" AS "filesystem_label",
  "filesystem_type" AS "filesystem_type",
  "body_region" AS "body_region",
  "size_gigabytes" AS "size_gigabytes",
  "tags" AS "tags"
FROM silver.volumes_versions WHERE "ended_before" IS NULL;

COMMENT ON VIEW silver.volumes IS 'The volumes that are there now';
COMMENT ON COLUMN silver.volumes."account_id" IS 'the account: DigitalOcean''s team';
COMMENT ON COLUMN silver.volumes."id" IS 'below another record its parents'' ids stand before it';
COMMENT ON COLUMN silver.volumes."parent_id" IS 'the id of the record that it is below';
COMMENT ON COLUMN silver.volumes."created_at" IS 'as DigitalOcean says it';
COMMENT ON COLUMN silver.volumes."op" IS 'how it came to be so: c created, u updated, r first seen';
COMMENT ON COLUMN silver.volumes."lsn" IS 'the number of the event that made it so';
COMMENT ON COLUMN silver.volumes."valid_after" IS 'it became so after this; null when it was so in the initial snapshot';
COMMENT ON COLUMN silver.volumes."valid_before" IS 'it became so before this';
COMMENT ON COLUMN silver.volumes."body" IS 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event';
COMMENT ON COLUMN silver.volumes."description" IS 'An optional free-form text field to describe a block storage volume';
COMMENT ON COLUMN silver.volumes."droplet_ids" IS 'An array containing the IDs of the Droplets the volume is attached to';
COMMENT ON COLUMN silver.volumes."filesystem_label" IS 'The label currently applied to the filesystem';
COMMENT ON COLUMN silver.volumes."filesystem_type" IS 'The type of filesystem currently in-use on the volume';
COMMENT ON COLUMN silver.volumes."body_region" IS 'The region that the block storage volume is located in';
COMMENT ON COLUMN silver.volumes."size_gigabytes" IS 'The size of the block storage volume in GiB (1024^3)';
COMMENT ON COLUMN silver.volumes."tags" IS 'A flat array of tag names as strings applied to the resource';

