-- seachange views --engine flink droplets firewalls volumes

CREATE DATABASE IF NOT EXISTS silver;

CREATE VIEW IF NOT EXISTS silver.events (`resource`, `account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `changed_after`, `changed_before`, `changes`, `body`) COMMENT 'Every event of DigitalOcean''s records; a delete has the record as it was' AS
SELECT
  v.resource AS `resource`,
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  TRY_CAST(REPLACE(REPLACE(v.created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  TO_TIMESTAMP_LTZ(v.after_ms, 3) AS `changed_after`, -- the change happened after this; null when first seen
  TO_TIMESTAMP_LTZ(v.before_ms, 3) AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body` -- the record as DigitalOcean sent it, as JSON
FROM (SELECT e.source.`db` AS account_id, e.source.`table` AS resource, coalesce(e.after.`id`, e.before.`id`) AS `id`, coalesce(e.after.`urn`, e.before.`urn`) AS `urn`, coalesce(e.after.`parent_id`, e.before.`parent_id`) AS `parent_id`, coalesce(e.after.`name`, e.before.`name`) AS `name`, coalesce(e.after.`region`, e.before.`region`) AS `region`, coalesce(e.after.`created_at`, e.before.`created_at`) AS `created_at`, coalesce(e.after.`body`, e.before.`body`) AS `body`, coalesce(e.after.`body_sha256`, e.before.`body_sha256`) AS `body_sha256`, e.op AS op, e.source.`lsn` AS lsn, e.source.`prev_ts_ms` AS after_ms, e.source.`ts_ms` AS before_ms, e.changes AS changes FROM bronze.events e) v;

CREATE VIEW IF NOT EXISTS silver.versions (`account_id`, `resource`, `id`, `collection`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `ended_after`, `ended_before`, `body`, `body_sha256`) COMMENT 'Each record of DigitalOcean as it was, from when to when' AS
WITH e AS (SELECT e.source.`db` AS account_id, e.source.`table` AS resource, coalesce(e.after.`id`, e.before.`id`) AS `id`, coalesce(e.after.`urn`, e.before.`urn`) AS `urn`, coalesce(e.after.`parent_id`, e.before.`parent_id`) AS `parent_id`, coalesce(e.after.`name`, e.before.`name`) AS `name`, coalesce(e.after.`region`, e.before.`region`) AS `region`, coalesce(e.after.`created_at`, e.before.`created_at`) AS `created_at`, coalesce(e.after.`body`, e.before.`body`) AS `body`, coalesce(e.after.`body_sha256`, e.before.`body_sha256`) AS `body_sha256`, e.op AS op, e.source.`lsn` AS lsn, e.source.`prev_ts_ms` AS after_ms, e.source.`ts_ms` AS before_ms, e.changes AS changes FROM bronze.events e),
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
  `account_id` AS `account_id`,
  `resource` AS `resource`,
  `id` AS `id`,
  REGEXP_REPLACE(`id`, '/?[^/]*$', '') AS `collection`,
  `urn` AS `urn`,
  `parent_id` AS `parent_id`,
  `name` AS `name`,
  `region` AS `region`,
  TRY_CAST(REPLACE(REPLACE(created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS `created_at`,
  `op` AS `op`,
  `lsn` AS `lsn`,
  TO_TIMESTAMP_LTZ(after_ms, 3) AS `valid_after`,
  TO_TIMESTAMP_LTZ(before_ms, 3) AS `valid_before`,
  TO_TIMESTAMP_LTZ(ended_after_ms, 3) AS `ended_after`,
  TO_TIMESTAMP_LTZ(ended_before_ms, 3) AS `ended_before`,
  `body` AS `body`,
  `body_sha256` AS `body_sha256`
FROM spans WHERE op <> 'd';

CREATE VIEW IF NOT EXISTS silver.droplets_events (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `changed_after`, `changed_before`, `changes`, `body`, `backup_ids`, `disk`, `disk_info`, `features`, `gpu_info`, `gpu_partition_mode`, `image`, `kernel`, `locked`, `memory`, `networks`, `next_backup_window`, `body_region`, `size`, `size_slug`, `snapshot_ids`, `status`, `subnet_uuid`, `tags`, `vcpus`, `volume_ids`, `vpc_uuid`, `public_ipv4`, `private_ipv4`, `public_ipv6`) COMMENT 'Every event of droplets; a delete has the record as it was' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  TRY_CAST(REPLACE(REPLACE(v.created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  TO_TIMESTAMP_LTZ(v.after_ms, 3) AS `changed_after`, -- the change happened after this; null when first seen
  TO_TIMESTAMP_LTZ(v.before_ms, 3) AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  JSON_QUERY(v.j, '$.backup_ids' RETURNING ARRAY<STRING>) AS `backup_ids`, -- An array of backup IDs of any backups that have been taken of the Droplet instance
  TRY_CAST(JSON_VALUE(v.j, '$.disk') AS BIGINT) AS `disk`, -- The size of the Droplet's disk in gigabytes
  JSON_QUERY(v.j, '$.disk_info') AS `disk_info`, -- An array of objects containing information about the disks available to the Droplet
  JSON_QUERY(v.j, '$.features' RETURNING ARRAY<STRING>) AS `features`, -- An array of features enabled on this Droplet
  CASE WHEN JSON_QUERY(v.j, '$.gpu_info') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.gpu_info.count') AS BIGINT), JSON_VALUE(v.j, '$.gpu_info.model'), CASE WHEN JSON_QUERY(v.j, '$.gpu_info.vram') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.gpu_info.vram.amount') AS BIGINT), JSON_VALUE(v.j, '$.gpu_info.vram.unit')) AS ROW<`amount` BIGINT, `unit` STRING>) END) AS ROW<`count` BIGINT, `model` STRING, `vram` ROW<`amount` BIGINT, `unit` STRING>>) END AS `gpu_info`, -- An object containing information about the GPU capabilities of Droplets created with this size
  JSON_VALUE(v.j, '$.gpu_partition_mode') AS `gpu_partition_mode`,
  CASE WHEN JSON_QUERY(v.j, '$.image') LIKE '{%' THEN CAST(ROW(TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.image.created_at'), 'T', ' '), 'Z', '') AS TIMESTAMP(3)), JSON_VALUE(v.j, '$.image.description'), JSON_VALUE(v.j, '$.image.distribution'), JSON_VALUE(v.j, '$.image.error_message'), JSON_VALUE(v.j, '$.image.id'), TRY_CAST(JSON_VALUE(v.j, '$.image.min_disk_size') AS BIGINT), JSON_VALUE(v.j, '$.image.name'), TRY_CAST(JSON_VALUE(v.j, '$.image.public') AS BOOLEAN), JSON_QUERY(v.j, '$.image.regions' RETURNING ARRAY<STRING>), TRY_CAST(JSON_VALUE(v.j, '$.image.size_gigabytes') AS DOUBLE), JSON_VALUE(v.j, '$.image.slug'), JSON_VALUE(v.j, '$.image.status'), JSON_QUERY(v.j, '$.image.tags' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.image.type')) AS ROW<`created_at` TIMESTAMP(3), `description` STRING, `distribution` STRING, `error_message` STRING, `id` STRING, `min_disk_size` BIGINT, `name` STRING, `public` BOOLEAN, `regions` ARRAY<STRING>, `size_gigabytes` DOUBLE, `slug` STRING, `status` STRING, `tags` ARRAY<STRING>, `type` STRING>) END AS `image`, -- The Droplet's image.<br>Requires image:read scope
  CASE WHEN JSON_QUERY(v.j, '$.kernel') LIKE '{%' THEN CAST(ROW(JSON_VALUE(v.j, '$.kernel.id'), JSON_VALUE(v.j, '$.kernel.name'), JSON_VALUE(v.j, '$.kernel.version')) AS ROW<`id` STRING, `name` STRING, `version` STRING>) END AS `kernel`, -- Note: All Droplets created after March 2017 use internal kernels by default
  TRY_CAST(JSON_VALUE(v.j, '$.locked') AS BOOLEAN) AS `locked`, -- A boolean value indicating whether the Droplet has been locked, preventing actions by users
  TRY_CAST(JSON_VALUE(v.j, '$.memory') AS BIGINT) AS `memory`, -- Memory of the Droplet in megabytes
  CASE WHEN JSON_QUERY(v.j, '$.networks') LIKE '{%' THEN CAST(ROW(JSON_QUERY(v.j, '$.networks.v4'), JSON_QUERY(v.j, '$.networks.v6')) AS ROW<`v4` STRING, `v6` STRING>) END AS `networks`, -- The details of the network that are configured for the Droplet instance
  CASE WHEN JSON_QUERY(v.j, '$.next_backup_window') LIKE '{%' THEN CAST(ROW(TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.next_backup_window.end'), 'T', ' '), 'Z', '') AS TIMESTAMP(3)), TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.next_backup_window.start'), 'T', ' '), 'Z', '') AS TIMESTAMP(3))) AS ROW<`end` TIMESTAMP(3), `start` TIMESTAMP(3)>) END AS `next_backup_window`, -- The details of the Droplet's backups feature, if backups are configured for the Droplet
  CASE WHEN JSON_QUERY(v.j, '$.region') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.region.available') AS BOOLEAN), JSON_QUERY(v.j, '$.region.features' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.name'), JSON_QUERY(v.j, '$.region.sizes' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.slug')) AS ROW<`available` BOOLEAN, `features` ARRAY<STRING>, `name` STRING, `sizes` ARRAY<STRING>, `slug` STRING>) END AS `body_region`,
  CASE WHEN JSON_QUERY(v.j, '$.size') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.available') AS BOOLEAN), JSON_VALUE(v.j, '$.size.description'), TRY_CAST(JSON_VALUE(v.j, '$.size.disk') AS BIGINT), JSON_QUERY(v.j, '$.size.disk_info'), CASE WHEN JSON_QUERY(v.j, '$.size.gpu_info') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.gpu_info.count') AS BIGINT), JSON_VALUE(v.j, '$.size.gpu_info.model'), JSON_QUERY(v.j, '$.size.gpu_info.supported_partition_modes' RETURNING ARRAY<STRING>), CASE WHEN JSON_QUERY(v.j, '$.size.gpu_info.vram') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.gpu_info.vram.amount') AS BIGINT), JSON_VALUE(v.j, '$.size.gpu_info.vram.unit')) AS ROW<`amount` BIGINT, `unit` STRING>) END) AS ROW<`count` BIGINT, `model` STRING, `supported_partition_modes` ARRAY<STRING>, `vram` ROW<`amount` BIGINT, `unit` STRING>>) END, TRY_CAST(JSON_VALUE(v.j, '$.size.memory') AS BIGINT), TRY_CAST(JSON_VALUE(v.j, '$.size.price_hourly') AS DOUBLE), TRY_CAST(JSON_VALUE(v.j, '$.size.price_monthly') AS DOUBLE), JSON_QUERY(v.j, '$.size.regions' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.size.slug'), TRY_CAST(JSON_VALUE(v.j, '$.size.transfer') AS DOUBLE), TRY_CAST(JSON_VALUE(v.j, '$.size.vcpus') AS BIGINT)) AS ROW<`available` BOOLEAN, `description` STRING, `disk` BIGINT, `disk_info` STRING, `gpu_info` ROW<`count` BIGINT, `model` STRING, `supported_partition_modes` ARRAY<STRING>, `vram` ROW<`amount` BIGINT, `unit` STRING>>, `memory` BIGINT, `price_hourly` DOUBLE, `price_monthly` DOUBLE, `regions` ARRAY<STRING>, `slug` STRING, `transfer` DOUBLE, `vcpus` BIGINT>) END AS `size`,
  JSON_VALUE(v.j, '$.size_slug') AS `size_slug`, -- The unique slug identifier for the size of this Droplet
  JSON_QUERY(v.j, '$.snapshot_ids' RETURNING ARRAY<STRING>) AS `snapshot_ids`, -- An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope
  JSON_VALUE(v.j, '$.status') AS `status`, -- A status string indicating the state of the Droplet instance
  JSON_VALUE(v.j, '$.subnet_uuid') AS `subnet_uuid`,
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags`, -- An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope
  TRY_CAST(JSON_VALUE(v.j, '$.vcpus') AS BIGINT) AS `vcpus`, -- The number of virtual CPUs
  JSON_QUERY(v.j, '$.volume_ids' RETURNING ARRAY<STRING>) AS `volume_ids`, -- A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…
  JSON_VALUE(v.j, '$.vpc_uuid') AS `vpc_uuid`, -- A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope
  JSON_QUERY(v.j, '$.networks.v4[?(@.type == "public")].ip_address' RETURNING ARRAY<STRING>)[1] AS `public_ipv4`, -- the public address of networks.v4; networks is a set, in which places mean nothing
  JSON_QUERY(v.j, '$.networks.v4[?(@.type == "private")].ip_address' RETURNING ARRAY<STRING>)[1] AS `private_ipv4`, -- the private address of networks.v4; networks is a set, in which places mean nothing
  JSON_QUERY(v.j, '$.networks.v6[?(@.type == "public")].ip_address' RETURNING ARRAY<STRING>)[1] AS `public_ipv6` -- the public address of networks.v6; networks is a set, in which places mean nothing
FROM (SELECT e.source.`db` AS account_id, e.source.`table` AS resource, coalesce(e.after.`id`, e.before.`id`) AS `id`, coalesce(e.after.`urn`, e.before.`urn`) AS `urn`, coalesce(e.after.`parent_id`, e.before.`parent_id`) AS `parent_id`, coalesce(e.after.`name`, e.before.`name`) AS `name`, coalesce(e.after.`region`, e.before.`region`) AS `region`, coalesce(e.after.`created_at`, e.before.`created_at`) AS `created_at`, coalesce(e.after.`body`, e.before.`body`) AS `body`, coalesce(e.after.`body_sha256`, e.before.`body_sha256`) AS `body_sha256`, e.op AS op, e.source.`lsn` AS lsn, e.source.`prev_ts_ms` AS after_ms, e.source.`ts_ms` AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after.`body`, e.before.`body`) IS JSON THEN coalesce(e.after.`body`, e.before.`body`) END AS j FROM bronze.events e WHERE e.source.`table` = 'droplets') v;

CREATE VIEW IF NOT EXISTS silver.droplets_versions (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `ended_after`, `ended_before`, `body`, `backup_ids`, `disk`, `disk_info`, `features`, `gpu_info`, `gpu_partition_mode`, `image`, `kernel`, `locked`, `memory`, `networks`, `next_backup_window`, `body_region`, `size`, `size_slug`, `snapshot_ids`, `status`, `subnet_uuid`, `tags`, `vcpus`, `volume_ids`, `vpc_uuid`, `public_ipv4`, `private_ipv4`, `public_ipv6`) COMMENT 'Each of droplets as it was, from when to when' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  v.`created_at` AS `created_at`, -- as DigitalOcean says it
  v.`op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  v.`lsn` AS `lsn`, -- the number of the event that made it so
  v.`valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  v.`valid_before` AS `valid_before`, -- it became so before this
  v.`ended_after` AS `ended_after`, -- it ended after this; null while it lasts
  v.`ended_before` AS `ended_before`, -- it ended before this; null while it lasts
  v.`body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  JSON_QUERY(v.j, '$.backup_ids' RETURNING ARRAY<STRING>) AS `backup_ids`, -- An array of backup IDs of any backups that have been taken of the Droplet instance
  TRY_CAST(JSON_VALUE(v.j, '$.disk') AS BIGINT) AS `disk`, -- The size of the Droplet's disk in gigabytes
  JSON_QUERY(v.j, '$.disk_info') AS `disk_info`, -- An array of objects containing information about the disks available to the Droplet
  JSON_QUERY(v.j, '$.features' RETURNING ARRAY<STRING>) AS `features`, -- An array of features enabled on this Droplet
  CASE WHEN JSON_QUERY(v.j, '$.gpu_info') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.gpu_info.count') AS BIGINT), JSON_VALUE(v.j, '$.gpu_info.model'), CASE WHEN JSON_QUERY(v.j, '$.gpu_info.vram') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.gpu_info.vram.amount') AS BIGINT), JSON_VALUE(v.j, '$.gpu_info.vram.unit')) AS ROW<`amount` BIGINT, `unit` STRING>) END) AS ROW<`count` BIGINT, `model` STRING, `vram` ROW<`amount` BIGINT, `unit` STRING>>) END AS `gpu_info`, -- An object containing information about the GPU capabilities of Droplets created with this size
  JSON_VALUE(v.j, '$.gpu_partition_mode') AS `gpu_partition_mode`,
  CASE WHEN JSON_QUERY(v.j, '$.image') LIKE '{%' THEN CAST(ROW(TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.image.created_at'), 'T', ' '), 'Z', '') AS TIMESTAMP(3)), JSON_VALUE(v.j, '$.image.description'), JSON_VALUE(v.j, '$.image.distribution'), JSON_VALUE(v.j, '$.image.error_message'), JSON_VALUE(v.j, '$.image.id'), TRY_CAST(JSON_VALUE(v.j, '$.image.min_disk_size') AS BIGINT), JSON_VALUE(v.j, '$.image.name'), TRY_CAST(JSON_VALUE(v.j, '$.image.public') AS BOOLEAN), JSON_QUERY(v.j, '$.image.regions' RETURNING ARRAY<STRING>), TRY_CAST(JSON_VALUE(v.j, '$.image.size_gigabytes') AS DOUBLE), JSON_VALUE(v.j, '$.image.slug'), JSON_VALUE(v.j, '$.image.status'), JSON_QUERY(v.j, '$.image.tags' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.image.type')) AS ROW<`created_at` TIMESTAMP(3), `description` STRING, `distribution` STRING, `error_message` STRING, `id` STRING, `min_disk_size` BIGINT, `name` STRING, `public` BOOLEAN, `regions` ARRAY<STRING>, `size_gigabytes` DOUBLE, `slug` STRING, `status` STRING, `tags` ARRAY<STRING>, `type` STRING>) END AS `image`, -- The Droplet's image.<br>Requires image:read scope
  CASE WHEN JSON_QUERY(v.j, '$.kernel') LIKE '{%' THEN CAST(ROW(JSON_VALUE(v.j, '$.kernel.id'), JSON_VALUE(v.j, '$.kernel.name'), JSON_VALUE(v.j, '$.kernel.version')) AS ROW<`id` STRING, `name` STRING, `version` STRING>) END AS `kernel`, -- Note: All Droplets created after March 2017 use internal kernels by default
  TRY_CAST(JSON_VALUE(v.j, '$.locked') AS BOOLEAN) AS `locked`, -- A boolean value indicating whether the Droplet has been locked, preventing actions by users
  TRY_CAST(JSON_VALUE(v.j, '$.memory') AS BIGINT) AS `memory`, -- Memory of the Droplet in megabytes
  CASE WHEN JSON_QUERY(v.j, '$.networks') LIKE '{%' THEN CAST(ROW(JSON_QUERY(v.j, '$.networks.v4'), JSON_QUERY(v.j, '$.networks.v6')) AS ROW<`v4` STRING, `v6` STRING>) END AS `networks`, -- The details of the network that are configured for the Droplet instance
  CASE WHEN JSON_QUERY(v.j, '$.next_backup_window') LIKE '{%' THEN CAST(ROW(TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.next_backup_window.end'), 'T', ' '), 'Z', '') AS TIMESTAMP(3)), TRY_CAST(REPLACE(REPLACE(JSON_VALUE(v.j, '$.next_backup_window.start'), 'T', ' '), 'Z', '') AS TIMESTAMP(3))) AS ROW<`end` TIMESTAMP(3), `start` TIMESTAMP(3)>) END AS `next_backup_window`, -- The details of the Droplet's backups feature, if backups are configured for the Droplet
  CASE WHEN JSON_QUERY(v.j, '$.region') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.region.available') AS BOOLEAN), JSON_QUERY(v.j, '$.region.features' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.name'), JSON_QUERY(v.j, '$.region.sizes' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.slug')) AS ROW<`available` BOOLEAN, `features` ARRAY<STRING>, `name` STRING, `sizes` ARRAY<STRING>, `slug` STRING>) END AS `body_region`,
  CASE WHEN JSON_QUERY(v.j, '$.size') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.available') AS BOOLEAN), JSON_VALUE(v.j, '$.size.description'), TRY_CAST(JSON_VALUE(v.j, '$.size.disk') AS BIGINT), JSON_QUERY(v.j, '$.size.disk_info'), CASE WHEN JSON_QUERY(v.j, '$.size.gpu_info') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.gpu_info.count') AS BIGINT), JSON_VALUE(v.j, '$.size.gpu_info.model'), JSON_QUERY(v.j, '$.size.gpu_info.supported_partition_modes' RETURNING ARRAY<STRING>), CASE WHEN JSON_QUERY(v.j, '$.size.gpu_info.vram') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.size.gpu_info.vram.amount') AS BIGINT), JSON_VALUE(v.j, '$.size.gpu_info.vram.unit')) AS ROW<`amount` BIGINT, `unit` STRING>) END) AS ROW<`count` BIGINT, `model` STRING, `supported_partition_modes` ARRAY<STRING>, `vram` ROW<`amount` BIGINT, `unit` STRING>>) END, TRY_CAST(JSON_VALUE(v.j, '$.size.memory') AS BIGINT), TRY_CAST(JSON_VALUE(v.j, '$.size.price_hourly') AS DOUBLE), TRY_CAST(JSON_VALUE(v.j, '$.size.price_monthly') AS DOUBLE), JSON_QUERY(v.j, '$.size.regions' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.size.slug'), TRY_CAST(JSON_VALUE(v.j, '$.size.transfer') AS DOUBLE), TRY_CAST(JSON_VALUE(v.j, '$.size.vcpus') AS BIGINT)) AS ROW<`available` BOOLEAN, `description` STRING, `disk` BIGINT, `disk_info` STRING, `gpu_info` ROW<`count` BIGINT, `model` STRING, `supported_partition_modes` ARRAY<STRING>, `vram` ROW<`amount` BIGINT, `unit` STRING>>, `memory` BIGINT, `price_hourly` DOUBLE, `price_monthly` DOUBLE, `regions` ARRAY<STRING>, `slug` STRING, `transfer` DOUBLE, `vcpus` BIGINT>) END AS `size`,
  JSON_VALUE(v.j, '$.size_slug') AS `size_slug`, -- The unique slug identifier for the size of this Droplet
  JSON_QUERY(v.j, '$.snapshot_ids' RETURNING ARRAY<STRING>) AS `snapshot_ids`, -- An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope
  JSON_VALUE(v.j, '$.status') AS `status`, -- A status string indicating the state of the Droplet instance
  JSON_VALUE(v.j, '$.subnet_uuid') AS `subnet_uuid`,
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags`, -- An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope
  TRY_CAST(JSON_VALUE(v.j, '$.vcpus') AS BIGINT) AS `vcpus`, -- The number of virtual CPUs
  JSON_QUERY(v.j, '$.volume_ids' RETURNING ARRAY<STRING>) AS `volume_ids`, -- A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…
  JSON_VALUE(v.j, '$.vpc_uuid') AS `vpc_uuid`, -- A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope
  JSON_QUERY(v.j, '$.networks.v4[?(@.type == "public")].ip_address' RETURNING ARRAY<STRING>)[1] AS `public_ipv4`, -- the public address of networks.v4; networks is a set, in which places mean nothing
  JSON_QUERY(v.j, '$.networks.v4[?(@.type == "private")].ip_address' RETURNING ARRAY<STRING>)[1] AS `private_ipv4`, -- the private address of networks.v4; networks is a set, in which places mean nothing
  JSON_QUERY(v.j, '$.networks.v6[?(@.type == "public")].ip_address' RETURNING ARRAY<STRING>)[1] AS `public_ipv6` -- the public address of networks.v6; networks is a set, in which places mean nothing
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'droplets') v;

CREATE VIEW IF NOT EXISTS silver.droplets (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `body`, `backup_ids`, `disk`, `disk_info`, `features`, `gpu_info`, `gpu_partition_mode`, `image`, `kernel`, `locked`, `memory`, `networks`, `next_backup_window`, `body_region`, `size`, `size_slug`, `snapshot_ids`, `status`, `subnet_uuid`, `tags`, `vcpus`, `volume_ids`, `vpc_uuid`, `public_ipv4`, `private_ipv4`, `public_ipv6`) COMMENT 'The droplets that are there now' AS
SELECT
  `account_id` AS `account_id`, -- the account: DigitalOcean's team
  `id` AS `id`, -- below another record its parents' ids stand before it
  `urn` AS `urn`,
  `parent_id` AS `parent_id`, -- the id of the record that it is below
  `name` AS `name`,
  `region` AS `region`,
  `created_at` AS `created_at`, -- as DigitalOcean says it
  `op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  `lsn` AS `lsn`, -- the number of the event that made it so
  `valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  `valid_before` AS `valid_before`, -- it became so before this
  `body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  `backup_ids` AS `backup_ids`, -- An array of backup IDs of any backups that have been taken of the Droplet instance
  `disk` AS `disk`, -- The size of the Droplet's disk in gigabytes
  `disk_info` AS `disk_info`, -- An array of objects containing information about the disks available to the Droplet
  `features` AS `features`, -- An array of features enabled on this Droplet
  `gpu_info` AS `gpu_info`, -- An object containing information about the GPU capabilities of Droplets created with this size
  `gpu_partition_mode` AS `gpu_partition_mode`,
  `image` AS `image`, -- The Droplet's image.<br>Requires image:read scope
  `kernel` AS `kernel`, -- Note: All Droplets created after March 2017 use internal kernels by default
  `locked` AS `locked`, -- A boolean value indicating whether the Droplet has been locked, preventing actions by users
  `memory` AS `memory`, -- Memory of the Droplet in megabytes
  `networks` AS `networks`, -- The details of the network that are configured for the Droplet instance
  `next_backup_window` AS `next_backup_window`, -- The details of the Droplet's backups feature, if backups are configured for the Droplet
  `body_region` AS `body_region`,
  `size` AS `size`,
  `size_slug` AS `size_slug`, -- The unique slug identifier for the size of this Droplet
  `snapshot_ids` AS `snapshot_ids`, -- An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope
  `status` AS `status`, -- A status string indicating the state of the Droplet instance
  `subnet_uuid` AS `subnet_uuid`,
  `tags` AS `tags`, -- An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope
  `vcpus` AS `vcpus`, -- The number of virtual CPUs
  `volume_ids` AS `volume_ids`, -- A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…
  `vpc_uuid` AS `vpc_uuid`, -- A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope
  `public_ipv4` AS `public_ipv4`, -- the public address of networks.v4; networks is a set, in which places mean nothing
  `private_ipv4` AS `private_ipv4`, -- the private address of networks.v4; networks is a set, in which places mean nothing
  `public_ipv6` AS `public_ipv6` -- the public address of networks.v6; networks is a set, in which places mean nothing
FROM silver.droplets_versions WHERE `ended_before` IS NULL;

CREATE VIEW IF NOT EXISTS silver.firewalls_events (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `changed_after`, `changed_before`, `changes`, `body`, `droplet_ids`, `inbound_rules`, `outbound_rules`, `pending_changes`, `status`, `tags`) COMMENT 'Every event of firewalls; a delete has the record as it was' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  TRY_CAST(REPLACE(REPLACE(v.created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  TO_TIMESTAMP_LTZ(v.after_ms, 3) AS `changed_after`, -- the change happened after this; null when first seen
  TO_TIMESTAMP_LTZ(v.before_ms, 3) AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  JSON_QUERY(v.j, '$.droplet_ids' RETURNING ARRAY<STRING>) AS `droplet_ids`, -- An array containing the IDs of the Droplets assigned to the firewall
  JSON_QUERY(v.j, '$.inbound_rules') AS `inbound_rules`,
  JSON_QUERY(v.j, '$.outbound_rules') AS `outbound_rules`,
  JSON_QUERY(v.j, '$.pending_changes') AS `pending_changes`, -- An array of objects each containing the fields "droplet_id", "removing", and "status"
  JSON_VALUE(v.j, '$.status') AS `status`, -- A status string indicating the current state of the firewall
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags` -- A flat array of tag names as strings to be applied to the resource
FROM (SELECT e.source.`db` AS account_id, e.source.`table` AS resource, coalesce(e.after.`id`, e.before.`id`) AS `id`, coalesce(e.after.`urn`, e.before.`urn`) AS `urn`, coalesce(e.after.`parent_id`, e.before.`parent_id`) AS `parent_id`, coalesce(e.after.`name`, e.before.`name`) AS `name`, coalesce(e.after.`region`, e.before.`region`) AS `region`, coalesce(e.after.`created_at`, e.before.`created_at`) AS `created_at`, coalesce(e.after.`body`, e.before.`body`) AS `body`, coalesce(e.after.`body_sha256`, e.before.`body_sha256`) AS `body_sha256`, e.op AS op, e.source.`lsn` AS lsn, e.source.`prev_ts_ms` AS after_ms, e.source.`ts_ms` AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after.`body`, e.before.`body`) IS JSON THEN coalesce(e.after.`body`, e.before.`body`) END AS j FROM bronze.events e WHERE e.source.`table` = 'firewalls') v;

CREATE VIEW IF NOT EXISTS silver.firewalls_versions (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `ended_after`, `ended_before`, `body`, `droplet_ids`, `inbound_rules`, `outbound_rules`, `pending_changes`, `status`, `tags`) COMMENT 'Each of firewalls as it was, from when to when' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  v.`created_at` AS `created_at`, -- as DigitalOcean says it
  v.`op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  v.`lsn` AS `lsn`, -- the number of the event that made it so
  v.`valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  v.`valid_before` AS `valid_before`, -- it became so before this
  v.`ended_after` AS `ended_after`, -- it ended after this; null while it lasts
  v.`ended_before` AS `ended_before`, -- it ended before this; null while it lasts
  v.`body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  JSON_QUERY(v.j, '$.droplet_ids' RETURNING ARRAY<STRING>) AS `droplet_ids`, -- An array containing the IDs of the Droplets assigned to the firewall
  JSON_QUERY(v.j, '$.inbound_rules') AS `inbound_rules`,
  JSON_QUERY(v.j, '$.outbound_rules') AS `outbound_rules`,
  JSON_QUERY(v.j, '$.pending_changes') AS `pending_changes`, -- An array of objects each containing the fields "droplet_id", "removing", and "status"
  JSON_VALUE(v.j, '$.status') AS `status`, -- A status string indicating the current state of the firewall
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags` -- A flat array of tag names as strings to be applied to the resource
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'firewalls') v;

CREATE VIEW IF NOT EXISTS silver.firewalls (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `body`, `droplet_ids`, `inbound_rules`, `outbound_rules`, `pending_changes`, `status`, `tags`) COMMENT 'The firewalls that are there now' AS
SELECT
  `account_id` AS `account_id`, -- the account: DigitalOcean's team
  `id` AS `id`, -- below another record its parents' ids stand before it
  `urn` AS `urn`,
  `parent_id` AS `parent_id`, -- the id of the record that it is below
  `name` AS `name`,
  `region` AS `region`,
  `created_at` AS `created_at`, -- as DigitalOcean says it
  `op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  `lsn` AS `lsn`, -- the number of the event that made it so
  `valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  `valid_before` AS `valid_before`, -- it became so before this
  `body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  `droplet_ids` AS `droplet_ids`, -- An array containing the IDs of the Droplets assigned to the firewall
  `inbound_rules` AS `inbound_rules`,
  `outbound_rules` AS `outbound_rules`,
  `pending_changes` AS `pending_changes`, -- An array of objects each containing the fields "droplet_id", "removing", and "status"
  `status` AS `status`, -- A status string indicating the current state of the firewall
  `tags` AS `tags` -- A flat array of tag names as strings to be applied to the resource
FROM silver.firewalls_versions WHERE `ended_before` IS NULL;

CREATE VIEW IF NOT EXISTS silver.volumes_events (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `changed_after`, `changed_before`, `changes`, `body`, `description`, `droplet_ids`, `filesystem_label`, `filesystem_type`, `body_region`, `size_gigabytes`, `tags`) COMMENT 'Every event of volumes; a delete has the record as it was' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  TRY_CAST(REPLACE(REPLACE(v.created_at, 'T', ' '), 'Z', '') AS TIMESTAMP(3)) AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  TO_TIMESTAMP_LTZ(v.after_ms, 3) AS `changed_after`, -- the change happened after this; null when first seen
  TO_TIMESTAMP_LTZ(v.before_ms, 3) AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  JSON_VALUE(v.j, '$.description') AS `description`, -- An optional free-form text field to describe a block storage volume
  JSON_QUERY(v.j, '$.droplet_ids' RETURNING ARRAY<STRING>) AS `droplet_ids`, -- An array containing the IDs of the Droplets the volume is attached to
  JSON_VALUE(v.j, '$.filesystem_label') AS `filesystem_label`, -- The label currently applied to the filesystem
  JSON_VALUE(v.j, '$.filesystem_type') AS `filesystem_type`, -- The type of filesystem currently in-use on the volume
  CASE WHEN JSON_QUERY(v.j, '$.region') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.region.available') AS BOOLEAN), JSON_QUERY(v.j, '$.region.features' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.name'), JSON_QUERY(v.j, '$.region.sizes' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.slug')) AS ROW<`available` BOOLEAN, `features` ARRAY<STRING>, `name` STRING, `sizes` ARRAY<STRING>, `slug` STRING>) END AS `body_region`, -- The region that the block storage volume is located in
  TRY_CAST(JSON_VALUE(v.j, '$.size_gigabytes') AS BIGINT) AS `size_gigabytes`, -- The size of the block storage volume in GiB (1024^3)
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags` -- A flat array of tag names as strings applied to the resource
FROM (SELECT e.source.`db` AS account_id, e.source.`table` AS resource, coalesce(e.after.`id`, e.before.`id`) AS `id`, coalesce(e.after.`urn`, e.before.`urn`) AS `urn`, coalesce(e.after.`parent_id`, e.before.`parent_id`) AS `parent_id`, coalesce(e.after.`name`, e.before.`name`) AS `name`, coalesce(e.after.`region`, e.before.`region`) AS `region`, coalesce(e.after.`created_at`, e.before.`created_at`) AS `created_at`, coalesce(e.after.`body`, e.before.`body`) AS `body`, coalesce(e.after.`body_sha256`, e.before.`body_sha256`) AS `body_sha256`, e.op AS op, e.source.`lsn` AS lsn, e.source.`prev_ts_ms` AS after_ms, e.source.`ts_ms` AS before_ms, e.changes AS changes, CASE WHEN coalesce(e.after.`body`, e.before.`body`) IS JSON THEN coalesce(e.after.`body`, e.before.`body`) END AS j FROM bronze.events e WHERE e.source.`table` = 'volumes') v;

CREATE VIEW IF NOT EXISTS silver.volumes_versions (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `ended_after`, `ended_before`, `body`, `description`, `droplet_ids`, `filesystem_label`, `filesystem_type`, `body_region`, `size_gigabytes`, `tags`) COMMENT 'Each of volumes as it was, from when to when' AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  v.`created_at` AS `created_at`, -- as DigitalOcean says it
  v.`op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  v.`lsn` AS `lsn`, -- the number of the event that made it so
  v.`valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  v.`valid_before` AS `valid_before`, -- it became so before this
  v.`ended_after` AS `ended_after`, -- it ended after this; null while it lasts
  v.`ended_before` AS `ended_before`, -- it ended before this; null while it lasts
  v.`body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  JSON_VALUE(v.j, '$.description') AS `description`, -- An optional free-form text field to describe a block storage volume
  JSON_QUERY(v.j, '$.droplet_ids' RETURNING ARRAY<STRING>) AS `droplet_ids`, -- An array containing the IDs of the Droplets the volume is attached to
  JSON_VALUE(v.j, '$.filesystem_label') AS `filesystem_label`, -- The label currently applied to the filesystem
  JSON_VALUE(v.j, '$.filesystem_type') AS `filesystem_type`, -- The type of filesystem currently in-use on the volume
  CASE WHEN JSON_QUERY(v.j, '$.region') LIKE '{%' THEN CAST(ROW(TRY_CAST(JSON_VALUE(v.j, '$.region.available') AS BOOLEAN), JSON_QUERY(v.j, '$.region.features' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.name'), JSON_QUERY(v.j, '$.region.sizes' RETURNING ARRAY<STRING>), JSON_VALUE(v.j, '$.region.slug')) AS ROW<`available` BOOLEAN, `features` ARRAY<STRING>, `name` STRING, `sizes` ARRAY<STRING>, `slug` STRING>) END AS `body_region`, -- The region that the block storage volume is located in
  TRY_CAST(JSON_VALUE(v.j, '$.size_gigabytes') AS BIGINT) AS `size_gigabytes`, -- The size of the block storage volume in GiB (1024^3)
  JSON_QUERY(v.j, '$.tags' RETURNING ARRAY<STRING>) AS `tags` -- A flat array of tag names as strings applied to the resource
FROM (SELECT v.*, CASE WHEN v.body IS JSON THEN v.body END AS j FROM silver.versions v WHERE v.resource = 'volumes') v;

CREATE VIEW IF NOT EXISTS silver.volumes (`account_id`, `id`, `urn`, `parent_id`, `name`, `region`, `created_at`, `op`, `lsn`, `valid_after`, `valid_before`, `body`, `description`, `droplet_ids`, `filesystem_label`, `filesystem_type`, `body_region`, `size_gigabytes`, `tags`) COMMENT 'The volumes that are there now' AS
SELECT
  `account_id` AS `account_id`, -- the account: DigitalOcean's team
  `id` AS `id`, -- below another record its parents' ids stand before it
  `urn` AS `urn`,
  `parent_id` AS `parent_id`, -- the id of the record that it is below
  `name` AS `name`,
  `region` AS `region`,
  `created_at` AS `created_at`, -- as DigitalOcean says it
  `op` AS `op`, -- how it came to be so: c created, u updated, r first seen
  `lsn` AS `lsn`, -- the number of the event that made it so
  `valid_after` AS `valid_after`, -- it became so after this; null when it was so in the initial snapshot
  `valid_before` AS `valid_before`, -- it became so before this
  `body` AS `body`, -- the record as DigitalOcean sent it, as JSON; null where it was too large for an event
  `description` AS `description`, -- An optional free-form text field to describe a block storage volume
  `droplet_ids` AS `droplet_ids`, -- An array containing the IDs of the Droplets the volume is attached to
  `filesystem_label` AS `filesystem_label`, -- The label currently applied to the filesystem
  `filesystem_type` AS `filesystem_type`, -- The type of filesystem currently in-use on the volume
  `body_region` AS `body_region`, -- The region that the block storage volume is located in
  `size_gigabytes` AS `size_gigabytes`, -- The size of the block storage volume in GiB (1024^3)
  `tags` AS `tags` -- A flat array of tag names as strings applied to the resource
FROM silver.volumes_versions WHERE `ended_before` IS NULL;

