-- seachange views --engine trino droplets firewalls volumes

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
  TRY(from_iso8601_timestamp(v.created_at)) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  from_unixtime_nanos(v.after_ms * 1000000) AS "changed_after",
  from_unixtime_nanos(v.before_ms * 1000000) AS "changed_before",
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
  TRY(from_iso8601_timestamp(created_at)) AS "created_at",
  "op" AS "op",
  "lsn" AS "lsn",
  from_unixtime_nanos(after_ms * 1000000) AS "valid_after",
  from_unixtime_nanos(before_ms * 1000000) AS "valid_before",
  from_unixtime_nanos(ended_after_ms * 1000000) AS "ended_after",
  from_unixtime_nanos(ended_before_ms * 1000000) AS "ended_before",
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
  TRY(from_iso8601_timestamp(v.created_at)) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  from_unixtime_nanos(v.after_ms * 1000000) AS "changed_after",
  from_unixtime_nanos(v.before_ms * 1000000) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."backup_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "backup_ids",
  TRY_CAST(json_value(v.j, 'strict $."disk" ? (@.type() == "number")') AS BIGINT) AS "disk",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."disk_info" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(CASE WHEN json_exists(json_format(x1), 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(json_format(x1), 'strict $."size"."amount" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."size"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END, json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)) END) AS "disk_info",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "features",
  CASE WHEN json_exists(v.j, 'strict $."gpu_info" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."gpu_info"."count" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."gpu_info"."model" ? (@.type() == "string")'), CASE WHEN json_exists(v.j, 'strict $."gpu_info"."vram" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."gpu_info"."vram"."amount" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."gpu_info"."vram"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END) AS ROW("count" BIGINT, "model" VARCHAR, "vram" ROW("amount" BIGINT, "unit" VARCHAR))) END AS "gpu_info",
  json_value(v.j, 'strict $."gpu_partition_mode" ? (@.type() == "string")') AS "gpu_partition_mode",
  CASE WHEN json_exists(v.j, 'strict $."image" ? (@.type() == "object")') THEN CAST(ROW(TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."image"."created_at" ? (@.type() == "string")'))), json_value(v.j, 'strict $."image"."description" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."distribution" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."error_message" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."id" ? (@.type() == "string" || @.type() == "number")'), TRY_CAST(json_value(v.j, 'strict $."image"."min_disk_size" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."image"."name" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."image"."public" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."image"."regions" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), TRY_CAST(json_value(v.j, 'strict $."image"."size_gigabytes" ? (@.type() == "number")') AS DOUBLE), json_value(v.j, 'strict $."image"."slug" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."status" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."image"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."image"."type" ? (@.type() == "string")')) AS ROW("created_at" TIMESTAMP(3) WITH TIME ZONE, "description" VARCHAR, "distribution" VARCHAR, "error_message" VARCHAR, "id" VARCHAR, "min_disk_size" BIGINT, "name" VARCHAR, "public" BOOLEAN, "regions" ARRAY(VARCHAR), "size_gigabytes" DOUBLE, "slug" VARCHAR, "status" VARCHAR, "tags" ARRAY(VARCHAR), "type" VARCHAR)) END AS "image",
  CASE WHEN json_exists(v.j, 'strict $."kernel" ? (@.type() == "object")') THEN CAST(ROW(json_value(v.j, 'strict $."kernel"."id" ? (@.type() == "string" || @.type() == "number")'), json_value(v.j, 'strict $."kernel"."name" ? (@.type() == "string")'), json_value(v.j, 'strict $."kernel"."version" ? (@.type() == "string")')) AS ROW("id" VARCHAR, "name" VARCHAR, "version" VARCHAR)) END AS "kernel",
  TRY_CAST(json_value(v.j, 'strict $."locked" ? (@.type() == "boolean")') AS BOOLEAN) AS "locked",
  TRY_CAST(json_value(v.j, 'strict $."memory" ? (@.type() == "number")') AS BIGINT) AS "memory",
  CASE WHEN json_exists(v.j, 'strict $."networks" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."networks"."v4" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."gateway" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ip_address" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."netmask" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" VARCHAR, "type" VARCHAR)) END), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."networks"."v6" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."gateway" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ip_address" ? (@.type() == "string")'), TRY_CAST(json_value(json_format(x1), 'strict $."netmask" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" BIGINT, "type" VARCHAR)) END)) AS ROW("v4" ARRAY(ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" VARCHAR, "type" VARCHAR)), "v6" ARRAY(ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" BIGINT, "type" VARCHAR)))) END AS "networks",
  CASE WHEN json_exists(v.j, 'strict $."next_backup_window" ? (@.type() == "object")') THEN CAST(ROW(TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."next_backup_window"."end" ? (@.type() == "string")'))), TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."next_backup_window"."start" ? (@.type() == "string")')))) AS ROW("end" TIMESTAMP(3) WITH TIME ZONE, "start" TIMESTAMP(3) WITH TIME ZONE)) END AS "next_backup_window",
  CASE WHEN json_exists(v.j, 'strict $."region" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."region"."available" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."name" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."sizes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."slug" ? (@.type() == "string")')) AS ROW("available" BOOLEAN, "features" ARRAY(VARCHAR), "name" VARCHAR, "sizes" ARRAY(VARCHAR), "slug" VARCHAR)) END AS "body_region",
  CASE WHEN json_exists(v.j, 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."available" ? (@.type() == "boolean")') AS BOOLEAN), json_value(v.j, 'strict $."size"."description" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."size"."disk" ? (@.type() == "number")') AS BIGINT), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."disk_info" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(CASE WHEN json_exists(json_format(x1), 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(json_format(x1), 'strict $."size"."amount" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."size"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END, json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)) END), CASE WHEN json_exists(v.j, 'strict $."size"."gpu_info" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."gpu_info"."count" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."size"."gpu_info"."model" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."gpu_info"."supported_partition_modes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), CASE WHEN json_exists(v.j, 'strict $."size"."gpu_info"."vram" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."gpu_info"."vram"."amount" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."size"."gpu_info"."vram"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END) AS ROW("count" BIGINT, "model" VARCHAR, "supported_partition_modes" ARRAY(VARCHAR), "vram" ROW("amount" BIGINT, "unit" VARCHAR))) END, TRY_CAST(json_value(v.j, 'strict $."size"."memory" ? (@.type() == "number")') AS BIGINT), TRY_CAST(json_value(v.j, 'strict $."size"."price_hourly" ? (@.type() == "number")') AS DOUBLE), TRY_CAST(json_value(v.j, 'strict $."size"."price_monthly" ? (@.type() == "number")') AS DOUBLE), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."regions" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."size"."slug" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."size"."transfer" ? (@.type() == "number")') AS DOUBLE), TRY_CAST(json_value(v.j, 'strict $."size"."vcpus" ? (@.type() == "number")') AS BIGINT)) AS ROW("available" BOOLEAN, "description" VARCHAR, "disk" BIGINT, "disk_info" ARRAY(ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)), "gpu_info" ROW("count" BIGINT, "model" VARCHAR, "supported_partition_modes" ARRAY(VARCHAR), "vram" ROW("amount" BIGINT, "unit" VARCHAR)), "memory" BIGINT, "price_hourly" DOUBLE, "price_monthly" DOUBLE, "regions" ARRAY(VARCHAR), "slug" VARCHAR, "transfer" DOUBLE, "vcpus" BIGINT)) END AS "size",
  json_value(v.j, 'strict $."size_slug" ? (@.type() == "string")') AS "size_slug",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."snapshot_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "snapshot_ids",
  json_value(v.j, 'strict $."status" ? (@.type() == "string")') AS "status",
  json_value(v.j, 'strict $."subnet_uuid" ? (@.type() == "string")') AS "subnet_uuid",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags",
  TRY_CAST(json_value(v.j, 'strict $."vcpus" ? (@.type() == "number")') AS BIGINT) AS "vcpus",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."volume_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "volume_ids",
  json_value(v.j, 'strict $."vpc_uuid" ? (@.type() == "string")') AS "vpc_uuid",
  json_value(v.j, 'lax $."networks"."v4"[*] ? (@.type == "public").ip_address') AS "public_ipv4",
  json_value(v.j, 'lax $."networks"."v4"[*] ? (@.type == "private").ip_address') AS "private_ipv4",
  json_value(v.j, 'lax $."networks"."v6"[*] ? (@.type == "public").ip_address') AS "public_ipv6"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after."body", e.before."body") IS JSON THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'droplets') v;

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
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."backup_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "backup_ids",
  TRY_CAST(json_value(v.j, 'strict $."disk" ? (@.type() == "number")') AS BIGINT) AS "disk",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."disk_info" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(CASE WHEN json_exists(json_format(x1), 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(json_format(x1), 'strict $."size"."amount" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."size"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END, json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)) END) AS "disk_info",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "features",
  CASE WHEN json_exists(v.j, 'strict $."gpu_info" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."gpu_info"."count" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."gpu_info"."model" ? (@.type() == "string")'), CASE WHEN json_exists(v.j, 'strict $."gpu_info"."vram" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."gpu_info"."vram"."amount" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."gpu_info"."vram"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END) AS ROW("count" BIGINT, "model" VARCHAR, "vram" ROW("amount" BIGINT, "unit" VARCHAR))) END AS "gpu_info",
  json_value(v.j, 'strict $."gpu_partition_mode" ? (@.type() == "string")') AS "gpu_partition_mode",
  CASE WHEN json_exists(v.j, 'strict $."image" ? (@.type() == "object")') THEN CAST(ROW(TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."image"."created_at" ? (@.type() == "string")'))), json_value(v.j, 'strict $."image"."description" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."distribution" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."error_message" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."id" ? (@.type() == "string" || @.type() == "number")'), TRY_CAST(json_value(v.j, 'strict $."image"."min_disk_size" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."image"."name" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."image"."public" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."image"."regions" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), TRY_CAST(json_value(v.j, 'strict $."image"."size_gigabytes" ? (@.type() == "number")') AS DOUBLE), json_value(v.j, 'strict $."image"."slug" ? (@.type() == "string")'), json_value(v.j, 'strict $."image"."status" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."image"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."image"."type" ? (@.type() == "string")')) AS ROW("created_at" TIMESTAMP(3) WITH TIME ZONE, "description" VARCHAR, "distribution" VARCHAR, "error_message" VARCHAR, "id" VARCHAR, "min_disk_size" BIGINT, "name" VARCHAR, "public" BOOLEAN, "regions" ARRAY(VARCHAR), "size_gigabytes" DOUBLE, "slug" VARCHAR, "status" VARCHAR, "tags" ARRAY(VARCHAR), "type" VARCHAR)) END AS "image",
  CASE WHEN json_exists(v.j, 'strict $."kernel" ? (@.type() == "object")') THEN CAST(ROW(json_value(v.j, 'strict $."kernel"."id" ? (@.type() == "string" || @.type() == "number")'), json_value(v.j, 'strict $."kernel"."name" ? (@.type() == "string")'), json_value(v.j, 'strict $."kernel"."version" ? (@.type() == "string")')) AS ROW("id" VARCHAR, "name" VARCHAR, "version" VARCHAR)) END AS "kernel",
  TRY_CAST(json_value(v.j, 'strict $."locked" ? (@.type() == "boolean")') AS BOOLEAN) AS "locked",
  TRY_CAST(json_value(v.j, 'strict $."memory" ? (@.type() == "number")') AS BIGINT) AS "memory",
  CASE WHEN json_exists(v.j, 'strict $."networks" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."networks"."v4" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."gateway" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ip_address" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."netmask" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" VARCHAR, "type" VARCHAR)) END), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."networks"."v6" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."gateway" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ip_address" ? (@.type() == "string")'), TRY_CAST(json_value(json_format(x1), 'strict $."netmask" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" BIGINT, "type" VARCHAR)) END)) AS ROW("v4" ARRAY(ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" VARCHAR, "type" VARCHAR)), "v6" ARRAY(ROW("gateway" VARCHAR, "ip_address" VARCHAR, "netmask" BIGINT, "type" VARCHAR)))) END AS "networks",
  CASE WHEN json_exists(v.j, 'strict $."next_backup_window" ? (@.type() == "object")') THEN CAST(ROW(TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."next_backup_window"."end" ? (@.type() == "string")'))), TRY(from_iso8601_timestamp(json_value(v.j, 'strict $."next_backup_window"."start" ? (@.type() == "string")')))) AS ROW("end" TIMESTAMP(3) WITH TIME ZONE, "start" TIMESTAMP(3) WITH TIME ZONE)) END AS "next_backup_window",
  CASE WHEN json_exists(v.j, 'strict $."region" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."region"."available" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."name" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."sizes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."slug" ? (@.type() == "string")')) AS ROW("available" BOOLEAN, "features" ARRAY(VARCHAR), "name" VARCHAR, "sizes" ARRAY(VARCHAR), "slug" VARCHAR)) END AS "body_region",
  CASE WHEN json_exists(v.j, 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."available" ? (@.type() == "boolean")') AS BOOLEAN), json_value(v.j, 'strict $."size"."description" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."size"."disk" ? (@.type() == "number")') AS BIGINT), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."disk_info" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(CASE WHEN json_exists(json_format(x1), 'strict $."size" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(json_format(x1), 'strict $."size"."amount" ? (@.type() == "number")') AS BIGINT), json_value(json_format(x1), 'strict $."size"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END, json_value(json_format(x1), 'strict $."type" ? (@.type() == "string")')) AS ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)) END), CASE WHEN json_exists(v.j, 'strict $."size"."gpu_info" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."gpu_info"."count" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."size"."gpu_info"."model" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."gpu_info"."supported_partition_modes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), CASE WHEN json_exists(v.j, 'strict $."size"."gpu_info"."vram" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."size"."gpu_info"."vram"."amount" ? (@.type() == "number")') AS BIGINT), json_value(v.j, 'strict $."size"."gpu_info"."vram"."unit" ? (@.type() == "string")')) AS ROW("amount" BIGINT, "unit" VARCHAR)) END) AS ROW("count" BIGINT, "model" VARCHAR, "supported_partition_modes" ARRAY(VARCHAR), "vram" ROW("amount" BIGINT, "unit" VARCHAR))) END, TRY_CAST(json_value(v.j, 'strict $."size"."memory" ? (@.type() == "number")') AS BIGINT), TRY_CAST(json_value(v.j, 'strict $."size"."price_hourly" ? (@.type() == "number")') AS DOUBLE), TRY_CAST(json_value(v.j, 'strict $."size"."price_monthly" ? (@.type() == "number")') AS DOUBLE), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."size"."regions" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."size"."slug" ? (@.type() == "string")'), TRY_CAST(json_value(v.j, 'strict $."size"."transfer" ? (@.type() == "number")') AS DOUBLE), TRY_CAST(json_value(v.j, 'strict $."size"."vcpus" ? (@.type() == "number")') AS BIGINT)) AS ROW("available" BOOLEAN, "description" VARCHAR, "disk" BIGINT, "disk_info" ARRAY(ROW("size" ROW("amount" BIGINT, "unit" VARCHAR), "type" VARCHAR)), "gpu_info" ROW("count" BIGINT, "model" VARCHAR, "supported_partition_modes" ARRAY(VARCHAR), "vram" ROW("amount" BIGINT, "unit" VARCHAR)), "memory" BIGINT, "price_hourly" DOUBLE, "price_monthly" DOUBLE, "regions" ARRAY(VARCHAR), "slug" VARCHAR, "transfer" DOUBLE, "vcpus" BIGINT)) END AS "size",
  json_value(v.j, 'strict $."size_slug" ? (@.type() == "string")') AS "size_slug",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."snapshot_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "snapshot_ids",
  json_value(v.j, 'strict $."status" ? (@.type() == "string")') AS "status",
  json_value(v.j, 'strict $."subnet_uuid" ? (@.type() == "string")') AS "subnet_uuid",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags",
  TRY_CAST(json_value(v.j, 'strict $."vcpus" ? (@.type() == "number")') AS BIGINT) AS "vcpus",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."volume_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "volume_ids",
  json_value(v.j, 'strict $."vpc_uuid" ? (@.type() == "string")') AS "vpc_uuid",
  json_value(v.j, 'lax $."networks"."v4"[*] ? (@.type == "public").ip_address') AS "public_ipv4",
  json_value(v.j, 'lax $."networks"."v4"[*] ? (@.type == "private").ip_address') AS "private_ipv4",
  json_value(v.j, 'lax $."networks"."v6"[*] ? (@.type == "public").ip_address') AS "public_ipv6"
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'droplets') v;

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
  TRY(from_iso8601_timestamp(v.created_at)) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  from_unixtime_nanos(v.after_ms * 1000000) AS "changed_after",
  from_unixtime_nanos(v.before_ms * 1000000) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "droplet_ids",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."inbound_rules" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."action" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ports" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."protocol" ? (@.type() == "string")'), CASE WHEN json_exists(json_format(x1), 'strict $."sources" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."addresses" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string" || @.type() == "number")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."kubernetes_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."load_balancer_uids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")'))) AS ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR))) END) AS ROW("action" VARCHAR, "ports" VARCHAR, "protocol" VARCHAR, "sources" ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR)))) END) AS "inbound_rules",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."outbound_rules" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."action" ? (@.type() == "string")'), CASE WHEN json_exists(json_format(x1), 'strict $."destinations" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."addresses" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string" || @.type() == "number")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."kubernetes_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."load_balancer_uids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")'))) AS ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR))) END, json_value(json_format(x1), 'strict $."ports" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."protocol" ? (@.type() == "string")')) AS ROW("action" VARCHAR, "destinations" ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR)), "ports" VARCHAR, "protocol" VARCHAR)) END) AS "outbound_rules",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."pending_changes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."droplet_id" ? (@.type() == "string" || @.type() == "number")'), TRY_CAST(json_value(json_format(x1), 'strict $."removing" ? (@.type() == "boolean")') AS BOOLEAN), json_value(json_format(x1), 'strict $."status" ? (@.type() == "string")')) AS ROW("droplet_id" VARCHAR, "removing" BOOLEAN, "status" VARCHAR)) END) AS "pending_changes",
  json_value(v.j, 'strict $."status" ? (@.type() == "string")') AS "status",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after."body", e.before."body") IS JSON THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'firewalls') v;

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
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "droplet_ids",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."inbound_rules" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."action" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."ports" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."protocol" ? (@.type() == "string")'), CASE WHEN json_exists(json_format(x1), 'strict $."sources" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."addresses" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string" || @.type() == "number")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."kubernetes_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."load_balancer_uids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."sources"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")'))) AS ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR))) END) AS ROW("action" VARCHAR, "ports" VARCHAR, "protocol" VARCHAR, "sources" ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR)))) END) AS "inbound_rules",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."outbound_rules" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."action" ? (@.type() == "string")'), CASE WHEN json_exists(json_format(x1), 'strict $."destinations" ? (@.type() == "object")') THEN CAST(ROW(transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."addresses" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string" || @.type() == "number")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."kubernetes_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."load_balancer_uids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")')), transform(TRY_CAST(TRY(json_parse(json_query(json_format(x1), 'strict $."destinations"."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x2 -> json_value(json_format(x2), 'strict $ ? (@.type() == "string")'))) AS ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR))) END, json_value(json_format(x1), 'strict $."ports" ? (@.type() == "string")'), json_value(json_format(x1), 'strict $."protocol" ? (@.type() == "string")')) AS ROW("action" VARCHAR, "destinations" ROW("addresses" ARRAY(VARCHAR), "droplet_ids" ARRAY(VARCHAR), "kubernetes_ids" ARRAY(VARCHAR), "load_balancer_uids" ARRAY(VARCHAR), "tags" ARRAY(VARCHAR)), "ports" VARCHAR, "protocol" VARCHAR)) END) AS "outbound_rules",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."pending_changes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> CASE WHEN json_exists(json_format(x1), 'strict $ ? (@.type() == "object")') THEN CAST(ROW(json_value(json_format(x1), 'strict $."droplet_id" ? (@.type() == "string" || @.type() == "number")'), TRY_CAST(json_value(json_format(x1), 'strict $."removing" ? (@.type() == "boolean")') AS BOOLEAN), json_value(json_format(x1), 'strict $."status" ? (@.type() == "string")')) AS ROW("droplet_id" VARCHAR, "removing" BOOLEAN, "status" VARCHAR)) END) AS "pending_changes",
  json_value(v.j, 'strict $."status" ? (@.type() == "string")') AS "status",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags"
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'firewalls') v;

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
  TRY(from_iso8601_timestamp(v.created_at)) AS "created_at",
  v.op AS "op",
  v.lsn AS "lsn",
  from_unixtime_nanos(v.after_ms * 1000000) AS "changed_after",
  from_unixtime_nanos(v.before_ms * 1000000) AS "changed_before",
  v.changes AS "changes",
  v.body AS "body",
  json_value(v.j, 'strict $."description" ? (@.type() == "string")') AS "description",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "droplet_ids",
  json_value(v.j, 'strict $."filesystem_label" ? (@.type() == "string")') AS "filesystem_label",
  json_value(v.j, 'strict $."filesystem_type" ? (@.type() == "string")') AS "filesystem_type",
  CASE WHEN json_exists(v.j, 'strict $."region" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."region"."available" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."name" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."sizes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."slug" ? (@.type() == "string")')) AS ROW("available" BOOLEAN, "features" ARRAY(VARCHAR), "name" VARCHAR, "sizes" ARRAY(VARCHAR), "slug" VARCHAR)) END AS "body_region",
  TRY_CAST(json_value(v.j, 'strict $."size_gigabytes" ? (@.type() == "number")') AS BIGINT) AS "size_gigabytes",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags"
FROM (SELECT e.source."db" AS account_id, e.source."table" AS resource, coalesce(e.after."id", e.before."id") AS "id", coalesce(e.after."urn", e.before."urn") AS "urn", coalesce(e.after."parent_id", e.before."parent_id") AS "parent_id", coalesce(e.after."name", e.before."name") AS "name", coalesce(e.after."region", e.before."region") AS "region", coalesce(e.after."created_at", e.before."created_at") AS "created_at", coalesce(e.after."body", e.before."body") AS "body", coalesce(e.after."body_sha256", e.before."body_sha256") AS "body_sha256", e.op AS op, e.source."lsn" AS lsn, e.source."prev_ts_ms" AS after_ms, e.source."ts_ms" AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after."body", e.before."body") IS JSON THEN coalesce(e.after."body", e.before."body") END AS j FROM bronze.events e WHERE e.source."table" = 'volumes') v;

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
  json_value(v.j, 'strict $."description" ? (@.type() == "string")') AS "description",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."droplet_ids" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string" || @.type() == "number")')) AS "droplet_ids",
  json_value(v.j, 'strict $."filesystem_label" ? (@.type() == "string")') AS "filesystem_label",
  json_value(v.j, 'strict $."filesystem_type" ? (@.type() == "string")') AS "filesystem_type",
  CASE WHEN json_exists(v.j, 'strict $."region" ? (@.type() == "object")') THEN CAST(ROW(TRY_CAST(json_value(v.j, 'strict $."region"."available" ? (@.type() == "boolean")') AS BOOLEAN), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."features" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."name" ? (@.type() == "string")'), transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."region"."sizes" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')), json_value(v.j, 'strict $."region"."slug" ? (@.type() == "string")')) AS ROW("available" BOOLEAN, "features" ARRAY(VARCHAR), "name" VARCHAR, "sizes" ARRAY(VARCHAR), "slug" VARCHAR)) END AS "body_region",
  TRY_CAST(json_value(v.j, 'strict $."size_gigabytes" ? (@.type() == "number")') AS BIGINT) AS "size_gigabytes",
  transform(TRY_CAST(TRY(json_parse(json_query(v.j, 'strict $."tags" ? (@.type() == "array")'))) AS ARRAY(JSON)), x1 -> json_value(json_format(x1), 'strict $ ? (@.type() == "string")')) AS "tags"
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'volumes') v;

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

