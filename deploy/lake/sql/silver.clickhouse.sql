-- seachange views --engine clickhouse droplets firewalls volumes

CREATE DATABASE IF NOT EXISTS silver;

CREATE OR REPLACE VIEW silver.events AS
SELECT
  v.resource AS `resource`,
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  parseDateTime64BestEffortOrNull(v.created_at, 3, 'UTC') AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  fromUnixTimestamp64Milli(v.after_ms, 'UTC') AS `changed_after`, -- the change happened after this; null when first seen
  fromUnixTimestamp64Milli(v.before_ms, 'UTC') AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body` -- the record as DigitalOcean sent it, as JSON
FROM (SELECT toNullable(e.source.`db`) AS account_id, toNullable(e.source.`table`) AS resource, coalesce(toNullable(e.after.`id`), toNullable(e.before.`id`)) AS `id`, coalesce(toNullable(e.after.`urn`), toNullable(e.before.`urn`)) AS `urn`, coalesce(toNullable(e.after.`parent_id`), toNullable(e.before.`parent_id`)) AS `parent_id`, coalesce(toNullable(e.after.`name`), toNullable(e.before.`name`)) AS `name`, coalesce(toNullable(e.after.`region`), toNullable(e.before.`region`)) AS `region`, coalesce(toNullable(e.after.`created_at`), toNullable(e.before.`created_at`)) AS `created_at`, coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)) AS `body`, coalesce(toNullable(e.after.`body_sha256`), toNullable(e.before.`body_sha256`)) AS `body_sha256`, e.op AS op, toNullable(e.source.`lsn`) AS lsn, toNullable(e.source.`prev_ts_ms`) AS after_ms, toNullable(e.source.`ts_ms`) AS before_ms, e.changes AS changes FROM bronze.events e) v;

CREATE OR REPLACE VIEW silver.versions AS
WITH e AS (SELECT toNullable(e.source.`db`) AS account_id, toNullable(e.source.`table`) AS resource, coalesce(toNullable(e.after.`id`), toNullable(e.before.`id`)) AS `id`, coalesce(toNullable(e.after.`urn`), toNullable(e.before.`urn`)) AS `urn`, coalesce(toNullable(e.after.`parent_id`), toNullable(e.before.`parent_id`)) AS `parent_id`, coalesce(toNullable(e.after.`name`), toNullable(e.before.`name`)) AS `name`, coalesce(toNullable(e.after.`region`), toNullable(e.before.`region`)) AS `region`, coalesce(toNullable(e.after.`created_at`), toNullable(e.before.`created_at`)) AS `created_at`, coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)) AS `body`, coalesce(toNullable(e.after.`body_sha256`), toNullable(e.before.`body_sha256`)) AS `body_sha256`, e.op AS op, toNullable(e.source.`lsn`) AS lsn, toNullable(e.source.`prev_ts_ms`) AS after_ms, toNullable(e.source.`ts_ms`) AS before_ms, e.changes AS changes FROM bronze.events e),
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
  replaceRegexpOne(`id`, '/?[^/]*$', '') AS `collection`,
  `urn` AS `urn`,
  `parent_id` AS `parent_id`,
  `name` AS `name`,
  `region` AS `region`,
  parseDateTime64BestEffortOrNull(created_at, 3, 'UTC') AS `created_at`,
  `op` AS `op`,
  `lsn` AS `lsn`,
  fromUnixTimestamp64Milli(after_ms, 'UTC') AS `valid_after`,
  fromUnixTimestamp64Milli(before_ms, 'UTC') AS `valid_before`,
  fromUnixTimestamp64Milli(ended_after_ms, 'UTC') AS `ended_after`,
  fromUnixTimestamp64Milli(ended_before_ms, 'UTC') AS `ended_before`,
  `body` AS `body`,
  `body_sha256` AS `body_sha256`
FROM spans WHERE op <> 'd';

CREATE OR REPLACE VIEW silver.droplets_events AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  parseDateTime64BestEffortOrNull(v.created_at, 3, 'UTC') AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  fromUnixTimestamp64Milli(v.after_ms, 'UTC') AS `changed_after`, -- the change happened after this; null when first seen
  fromUnixTimestamp64Milli(v.before_ms, 'UTC') AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'backup_ids')) AS `backup_ids`, -- An array of backup IDs of any backups that have been taken of the Droplet instance
  if(JSONType(v.j, 'disk') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'disk')), NULL) AS `disk`, -- The size of the Droplet's disk in gigabytes
  arrayMap(x1 -> CAST(tuple(CAST(tuple(if(JSONType(x1, 'size', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'size', 'amount')), NULL), if(JSONType(x1, 'size', 'unit') IN ('String'), JSONExtractString(x1, 'size', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'disk_info')) AS `disk_info`, -- An array of objects containing information about the disks available to the Droplet
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'features')) AS `features`, -- An array of features enabled on this Droplet
  CAST(tuple(if(JSONType(v.j, 'gpu_info', 'count') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'gpu_info', 'count')), NULL), if(JSONType(v.j, 'gpu_info', 'model') IN ('String'), JSONExtractString(v.j, 'gpu_info', 'model'), NULL), CAST(tuple(if(JSONType(v.j, 'gpu_info', 'vram', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'gpu_info', 'vram', 'amount')), NULL), if(JSONType(v.j, 'gpu_info', 'vram', 'unit') IN ('String'), JSONExtractString(v.j, 'gpu_info', 'vram', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS Tuple(`count` Nullable(Int64), `model` Nullable(String), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS `gpu_info`, -- An object containing information about the GPU capabilities of Droplets created with this size
  if(JSONType(v.j, 'gpu_partition_mode') IN ('String'), JSONExtractString(v.j, 'gpu_partition_mode'), NULL) AS `gpu_partition_mode`,
  CAST(tuple(if(JSONType(v.j, 'image', 'created_at') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'image', 'created_at'), 3, 'UTC'), NULL), if(JSONType(v.j, 'image', 'description') IN ('String'), JSONExtractString(v.j, 'image', 'description'), NULL), if(JSONType(v.j, 'image', 'distribution') IN ('String'), JSONExtractString(v.j, 'image', 'distribution'), NULL), if(JSONType(v.j, 'image', 'error_message') IN ('String'), JSONExtractString(v.j, 'image', 'error_message'), NULL), multiIf(JSONType(v.j, 'image', 'id') = 'String', JSONExtractString(v.j, 'image', 'id'), JSONType(v.j, 'image', 'id') IN ('Int64', 'UInt64'), JSONExtractRaw(v.j, 'image', 'id'), NULL), if(JSONType(v.j, 'image', 'min_disk_size') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'image', 'min_disk_size')), NULL), if(JSONType(v.j, 'image', 'name') IN ('String'), JSONExtractString(v.j, 'image', 'name'), NULL), if(JSONType(v.j, 'image', 'public') IN ('Bool'), CAST(JSONExtractBool(v.j, 'image', 'public') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'image', 'regions')), if(JSONType(v.j, 'image', 'size_gigabytes') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'image', 'size_gigabytes')), NULL), if(JSONType(v.j, 'image', 'slug') IN ('String'), JSONExtractString(v.j, 'image', 'slug'), NULL), if(JSONType(v.j, 'image', 'status') IN ('String'), JSONExtractString(v.j, 'image', 'status'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'image', 'tags')), if(JSONType(v.j, 'image', 'type') IN ('String'), JSONExtractString(v.j, 'image', 'type'), NULL)) AS Tuple(`created_at` Nullable(DateTime64(3, 'UTC')), `description` Nullable(String), `distribution` Nullable(String), `error_message` Nullable(String), `id` Nullable(String), `min_disk_size` Nullable(Int64), `name` Nullable(String), `public` Nullable(Bool), `regions` Array(Nullable(String)), `size_gigabytes` Nullable(Float64), `slug` Nullable(String), `status` Nullable(String), `tags` Array(Nullable(String)), `type` Nullable(String))) AS `image`, -- The Droplet's image.<br>Requires image:read scope
  CAST(tuple(multiIf(JSONType(v.j, 'kernel', 'id') = 'String', JSONExtractString(v.j, 'kernel', 'id'), JSONType(v.j, 'kernel', 'id') IN ('Int64', 'UInt64'), JSONExtractRaw(v.j, 'kernel', 'id'), NULL), if(JSONType(v.j, 'kernel', 'name') IN ('String'), JSONExtractString(v.j, 'kernel', 'name'), NULL), if(JSONType(v.j, 'kernel', 'version') IN ('String'), JSONExtractString(v.j, 'kernel', 'version'), NULL)) AS Tuple(`id` Nullable(String), `name` Nullable(String), `version` Nullable(String))) AS `kernel`, -- Note: All Droplets created after March 2017 use internal kernels by default
  if(JSONType(v.j, 'locked') IN ('Bool'), CAST(JSONExtractBool(v.j, 'locked') AS Bool), NULL) AS `locked`, -- A boolean value indicating whether the Droplet has been locked, preventing actions by users
  if(JSONType(v.j, 'memory') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'memory')), NULL) AS `memory`, -- Memory of the Droplet in megabytes
  CAST(tuple(arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'gateway') IN ('String'), JSONExtractString(x1, 'gateway'), NULL), if(JSONType(x1, 'ip_address') IN ('String'), JSONExtractString(x1, 'ip_address'), NULL), if(JSONType(x1, 'netmask') IN ('String'), JSONExtractString(x1, 'netmask'), NULL), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(String), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'networks', 'v4')), arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'gateway') IN ('String'), JSONExtractString(x1, 'gateway'), NULL), if(JSONType(x1, 'ip_address') IN ('String'), JSONExtractString(x1, 'ip_address'), NULL), if(JSONType(x1, 'netmask') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'netmask')), NULL), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(Int64), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'networks', 'v6'))) AS Tuple(`v4` Array(Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(String), `type` Nullable(String))), `v6` Array(Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(Int64), `type` Nullable(String))))) AS `networks`, -- The details of the network that are configured for the Droplet instance
  CAST(tuple(if(JSONType(v.j, 'next_backup_window', 'end') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'next_backup_window', 'end'), 3, 'UTC'), NULL), if(JSONType(v.j, 'next_backup_window', 'start') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'next_backup_window', 'start'), 3, 'UTC'), NULL)) AS Tuple(`end` Nullable(DateTime64(3, 'UTC')), `start` Nullable(DateTime64(3, 'UTC')))) AS `next_backup_window`, -- The details of the Droplet's backups feature, if backups are configured for the Droplet
  CAST(tuple(if(JSONType(v.j, 'region', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'region', 'available') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'features')), if(JSONType(v.j, 'region', 'name') IN ('String'), JSONExtractString(v.j, 'region', 'name'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'sizes')), if(JSONType(v.j, 'region', 'slug') IN ('String'), JSONExtractString(v.j, 'region', 'slug'), NULL)) AS Tuple(`available` Nullable(Bool), `features` Array(Nullable(String)), `name` Nullable(String), `sizes` Array(Nullable(String)), `slug` Nullable(String))) AS `body_region`,
  CAST(tuple(if(JSONType(v.j, 'size', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'size', 'available') AS Bool), NULL), if(JSONType(v.j, 'size', 'description') IN ('String'), JSONExtractString(v.j, 'size', 'description'), NULL), if(JSONType(v.j, 'size', 'disk') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'disk')), NULL), arrayMap(x1 -> CAST(tuple(CAST(tuple(if(JSONType(x1, 'size', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'size', 'amount')), NULL), if(JSONType(x1, 'size', 'unit') IN ('String'), JSONExtractString(x1, 'size', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'size', 'disk_info')), CAST(tuple(if(JSONType(v.j, 'size', 'gpu_info', 'count') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'gpu_info', 'count')), NULL), if(JSONType(v.j, 'size', 'gpu_info', 'model') IN ('String'), JSONExtractString(v.j, 'size', 'gpu_info', 'model'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'size', 'gpu_info', 'supported_partition_modes')), CAST(tuple(if(JSONType(v.j, 'size', 'gpu_info', 'vram', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'gpu_info', 'vram', 'amount')), NULL), if(JSONType(v.j, 'size', 'gpu_info', 'vram', 'unit') IN ('String'), JSONExtractString(v.j, 'size', 'gpu_info', 'vram', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS Tuple(`count` Nullable(Int64), `model` Nullable(String), `supported_partition_modes` Array(Nullable(String)), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))), if(JSONType(v.j, 'size', 'memory') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'memory')), NULL), if(JSONType(v.j, 'size', 'price_hourly') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'price_hourly')), NULL), if(JSONType(v.j, 'size', 'price_monthly') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'price_monthly')), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'size', 'regions')), if(JSONType(v.j, 'size', 'slug') IN ('String'), JSONExtractString(v.j, 'size', 'slug'), NULL), if(JSONType(v.j, 'size', 'transfer') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'transfer')), NULL), if(JSONType(v.j, 'size', 'vcpus') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'vcpus')), NULL)) AS Tuple(`available` Nullable(Bool), `description` Nullable(String), `disk` Nullable(Int64), `disk_info` Array(Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), `gpu_info` Tuple(`count` Nullable(Int64), `model` Nullable(String), `supported_partition_modes` Array(Nullable(String)), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), `memory` Nullable(Int64), `price_hourly` Nullable(Float64), `price_monthly` Nullable(Float64), `regions` Array(Nullable(String)), `slug` Nullable(String), `transfer` Nullable(Float64), `vcpus` Nullable(Int64))) AS `size`,
  if(JSONType(v.j, 'size_slug') IN ('String'), JSONExtractString(v.j, 'size_slug'), NULL) AS `size_slug`, -- The unique slug identifier for the size of this Droplet
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'snapshot_ids')) AS `snapshot_ids`, -- An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope
  if(JSONType(v.j, 'status') IN ('String'), JSONExtractString(v.j, 'status'), NULL) AS `status`, -- A status string indicating the state of the Droplet instance
  if(JSONType(v.j, 'subnet_uuid') IN ('String'), JSONExtractString(v.j, 'subnet_uuid'), NULL) AS `subnet_uuid`,
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags`, -- An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope
  if(JSONType(v.j, 'vcpus') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'vcpus')), NULL) AS `vcpus`, -- The number of virtual CPUs
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'volume_ids')) AS `volume_ids`, -- A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…
  if(JSONType(v.j, 'vpc_uuid') IN ('String'), JSONExtractString(v.j, 'vpc_uuid'), NULL) AS `vpc_uuid`, -- A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'public', JSONExtractArrayRaw(v.j, 'networks', 'v4')), 'ip_address'), '') AS `public_ipv4`, -- the public address of networks.v4; networks is a set, in which places mean nothing
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'private', JSONExtractArrayRaw(v.j, 'networks', 'v4')), 'ip_address'), '') AS `private_ipv4`, -- the private address of networks.v4; networks is a set, in which places mean nothing
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'public', JSONExtractArrayRaw(v.j, 'networks', 'v6')), 'ip_address'), '') AS `public_ipv6` -- the public address of networks.v6; networks is a set, in which places mean nothing
FROM (SELECT toNullable(e.source.`db`) AS account_id, toNullable(e.source.`table`) AS resource, coalesce(toNullable(e.after.`id`), toNullable(e.before.`id`)) AS `id`, coalesce(toNullable(e.after.`urn`), toNullable(e.before.`urn`)) AS `urn`, coalesce(toNullable(e.after.`parent_id`), toNullable(e.before.`parent_id`)) AS `parent_id`, coalesce(toNullable(e.after.`name`), toNullable(e.before.`name`)) AS `name`, coalesce(toNullable(e.after.`region`), toNullable(e.before.`region`)) AS `region`, coalesce(toNullable(e.after.`created_at`), toNullable(e.before.`created_at`)) AS `created_at`, coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)) AS `body`, coalesce(toNullable(e.after.`body_sha256`), toNullable(e.before.`body_sha256`)) AS `body_sha256`, e.op AS op, toNullable(e.source.`lsn`) AS lsn, toNullable(e.source.`prev_ts_ms`) AS after_ms, toNullable(e.source.`ts_ms`) AS before_ms, e.changes AS changes, ifNull(coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)), '') AS j FROM bronze.events e WHERE toNullable(e.source.`table`) = 'droplets') v;

CREATE OR REPLACE VIEW silver.droplets_versions AS
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
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'backup_ids')) AS `backup_ids`, -- An array of backup IDs of any backups that have been taken of the Droplet instance
  if(JSONType(v.j, 'disk') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'disk')), NULL) AS `disk`, -- The size of the Droplet's disk in gigabytes
  arrayMap(x1 -> CAST(tuple(CAST(tuple(if(JSONType(x1, 'size', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'size', 'amount')), NULL), if(JSONType(x1, 'size', 'unit') IN ('String'), JSONExtractString(x1, 'size', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'disk_info')) AS `disk_info`, -- An array of objects containing information about the disks available to the Droplet
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'features')) AS `features`, -- An array of features enabled on this Droplet
  CAST(tuple(if(JSONType(v.j, 'gpu_info', 'count') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'gpu_info', 'count')), NULL), if(JSONType(v.j, 'gpu_info', 'model') IN ('String'), JSONExtractString(v.j, 'gpu_info', 'model'), NULL), CAST(tuple(if(JSONType(v.j, 'gpu_info', 'vram', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'gpu_info', 'vram', 'amount')), NULL), if(JSONType(v.j, 'gpu_info', 'vram', 'unit') IN ('String'), JSONExtractString(v.j, 'gpu_info', 'vram', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS Tuple(`count` Nullable(Int64), `model` Nullable(String), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS `gpu_info`, -- An object containing information about the GPU capabilities of Droplets created with this size
  if(JSONType(v.j, 'gpu_partition_mode') IN ('String'), JSONExtractString(v.j, 'gpu_partition_mode'), NULL) AS `gpu_partition_mode`,
  CAST(tuple(if(JSONType(v.j, 'image', 'created_at') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'image', 'created_at'), 3, 'UTC'), NULL), if(JSONType(v.j, 'image', 'description') IN ('String'), JSONExtractString(v.j, 'image', 'description'), NULL), if(JSONType(v.j, 'image', 'distribution') IN ('String'), JSONExtractString(v.j, 'image', 'distribution'), NULL), if(JSONType(v.j, 'image', 'error_message') IN ('String'), JSONExtractString(v.j, 'image', 'error_message'), NULL), multiIf(JSONType(v.j, 'image', 'id') = 'String', JSONExtractString(v.j, 'image', 'id'), JSONType(v.j, 'image', 'id') IN ('Int64', 'UInt64'), JSONExtractRaw(v.j, 'image', 'id'), NULL), if(JSONType(v.j, 'image', 'min_disk_size') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'image', 'min_disk_size')), NULL), if(JSONType(v.j, 'image', 'name') IN ('String'), JSONExtractString(v.j, 'image', 'name'), NULL), if(JSONType(v.j, 'image', 'public') IN ('Bool'), CAST(JSONExtractBool(v.j, 'image', 'public') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'image', 'regions')), if(JSONType(v.j, 'image', 'size_gigabytes') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'image', 'size_gigabytes')), NULL), if(JSONType(v.j, 'image', 'slug') IN ('String'), JSONExtractString(v.j, 'image', 'slug'), NULL), if(JSONType(v.j, 'image', 'status') IN ('String'), JSONExtractString(v.j, 'image', 'status'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'image', 'tags')), if(JSONType(v.j, 'image', 'type') IN ('String'), JSONExtractString(v.j, 'image', 'type'), NULL)) AS Tuple(`created_at` Nullable(DateTime64(3, 'UTC')), `description` Nullable(String), `distribution` Nullable(String), `error_message` Nullable(String), `id` Nullable(String), `min_disk_size` Nullable(Int64), `name` Nullable(String), `public` Nullable(Bool), `regions` Array(Nullable(String)), `size_gigabytes` Nullable(Float64), `slug` Nullable(String), `status` Nullable(String), `tags` Array(Nullable(String)), `type` Nullable(String))) AS `image`, -- The Droplet's image.<br>Requires image:read scope
  CAST(tuple(multiIf(JSONType(v.j, 'kernel', 'id') = 'String', JSONExtractString(v.j, 'kernel', 'id'), JSONType(v.j, 'kernel', 'id') IN ('Int64', 'UInt64'), JSONExtractRaw(v.j, 'kernel', 'id'), NULL), if(JSONType(v.j, 'kernel', 'name') IN ('String'), JSONExtractString(v.j, 'kernel', 'name'), NULL), if(JSONType(v.j, 'kernel', 'version') IN ('String'), JSONExtractString(v.j, 'kernel', 'version'), NULL)) AS Tuple(`id` Nullable(String), `name` Nullable(String), `version` Nullable(String))) AS `kernel`, -- Note: All Droplets created after March 2017 use internal kernels by default
  if(JSONType(v.j, 'locked') IN ('Bool'), CAST(JSONExtractBool(v.j, 'locked') AS Bool), NULL) AS `locked`, -- A boolean value indicating whether the Droplet has been locked, preventing actions by users
  if(JSONType(v.j, 'memory') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'memory')), NULL) AS `memory`, -- Memory of the Droplet in megabytes
  CAST(tuple(arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'gateway') IN ('String'), JSONExtractString(x1, 'gateway'), NULL), if(JSONType(x1, 'ip_address') IN ('String'), JSONExtractString(x1, 'ip_address'), NULL), if(JSONType(x1, 'netmask') IN ('String'), JSONExtractString(x1, 'netmask'), NULL), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(String), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'networks', 'v4')), arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'gateway') IN ('String'), JSONExtractString(x1, 'gateway'), NULL), if(JSONType(x1, 'ip_address') IN ('String'), JSONExtractString(x1, 'ip_address'), NULL), if(JSONType(x1, 'netmask') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'netmask')), NULL), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(Int64), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'networks', 'v6'))) AS Tuple(`v4` Array(Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(String), `type` Nullable(String))), `v6` Array(Tuple(`gateway` Nullable(String), `ip_address` Nullable(String), `netmask` Nullable(Int64), `type` Nullable(String))))) AS `networks`, -- The details of the network that are configured for the Droplet instance
  CAST(tuple(if(JSONType(v.j, 'next_backup_window', 'end') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'next_backup_window', 'end'), 3, 'UTC'), NULL), if(JSONType(v.j, 'next_backup_window', 'start') IN ('String'), parseDateTime64BestEffortOrNull(JSONExtractString(v.j, 'next_backup_window', 'start'), 3, 'UTC'), NULL)) AS Tuple(`end` Nullable(DateTime64(3, 'UTC')), `start` Nullable(DateTime64(3, 'UTC')))) AS `next_backup_window`, -- The details of the Droplet's backups feature, if backups are configured for the Droplet
  CAST(tuple(if(JSONType(v.j, 'region', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'region', 'available') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'features')), if(JSONType(v.j, 'region', 'name') IN ('String'), JSONExtractString(v.j, 'region', 'name'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'sizes')), if(JSONType(v.j, 'region', 'slug') IN ('String'), JSONExtractString(v.j, 'region', 'slug'), NULL)) AS Tuple(`available` Nullable(Bool), `features` Array(Nullable(String)), `name` Nullable(String), `sizes` Array(Nullable(String)), `slug` Nullable(String))) AS `body_region`,
  CAST(tuple(if(JSONType(v.j, 'size', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'size', 'available') AS Bool), NULL), if(JSONType(v.j, 'size', 'description') IN ('String'), JSONExtractString(v.j, 'size', 'description'), NULL), if(JSONType(v.j, 'size', 'disk') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'disk')), NULL), arrayMap(x1 -> CAST(tuple(CAST(tuple(if(JSONType(x1, 'size', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(x1, 'size', 'amount')), NULL), if(JSONType(x1, 'size', 'unit') IN ('String'), JSONExtractString(x1, 'size', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), if(JSONType(x1, 'type') IN ('String'), JSONExtractString(x1, 'type'), NULL)) AS Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), JSONExtractArrayRaw(v.j, 'size', 'disk_info')), CAST(tuple(if(JSONType(v.j, 'size', 'gpu_info', 'count') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'gpu_info', 'count')), NULL), if(JSONType(v.j, 'size', 'gpu_info', 'model') IN ('String'), JSONExtractString(v.j, 'size', 'gpu_info', 'model'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'size', 'gpu_info', 'supported_partition_modes')), CAST(tuple(if(JSONType(v.j, 'size', 'gpu_info', 'vram', 'amount') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'gpu_info', 'vram', 'amount')), NULL), if(JSONType(v.j, 'size', 'gpu_info', 'vram', 'unit') IN ('String'), JSONExtractString(v.j, 'size', 'gpu_info', 'vram', 'unit'), NULL)) AS Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))) AS Tuple(`count` Nullable(Int64), `model` Nullable(String), `supported_partition_modes` Array(Nullable(String)), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)))), if(JSONType(v.j, 'size', 'memory') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'memory')), NULL), if(JSONType(v.j, 'size', 'price_hourly') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'price_hourly')), NULL), if(JSONType(v.j, 'size', 'price_monthly') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'price_monthly')), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'size', 'regions')), if(JSONType(v.j, 'size', 'slug') IN ('String'), JSONExtractString(v.j, 'size', 'slug'), NULL), if(JSONType(v.j, 'size', 'transfer') IN ('Int64', 'UInt64', 'Double'), toFloat64OrNull(JSONExtractRaw(v.j, 'size', 'transfer')), NULL), if(JSONType(v.j, 'size', 'vcpus') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size', 'vcpus')), NULL)) AS Tuple(`available` Nullable(Bool), `description` Nullable(String), `disk` Nullable(Int64), `disk_info` Array(Tuple(`size` Tuple(`amount` Nullable(Int64), `unit` Nullable(String)), `type` Nullable(String))), `gpu_info` Tuple(`count` Nullable(Int64), `model` Nullable(String), `supported_partition_modes` Array(Nullable(String)), `vram` Tuple(`amount` Nullable(Int64), `unit` Nullable(String))), `memory` Nullable(Int64), `price_hourly` Nullable(Float64), `price_monthly` Nullable(Float64), `regions` Array(Nullable(String)), `slug` Nullable(String), `transfer` Nullable(Float64), `vcpus` Nullable(Int64))) AS `size`,
  if(JSONType(v.j, 'size_slug') IN ('String'), JSONExtractString(v.j, 'size_slug'), NULL) AS `size_slug`, -- The unique slug identifier for the size of this Droplet
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'snapshot_ids')) AS `snapshot_ids`, -- An array of snapshot IDs of any snapshots created from the Droplet instance.<br>Requires image:read scope
  if(JSONType(v.j, 'status') IN ('String'), JSONExtractString(v.j, 'status'), NULL) AS `status`, -- A status string indicating the state of the Droplet instance
  if(JSONType(v.j, 'subnet_uuid') IN ('String'), JSONExtractString(v.j, 'subnet_uuid'), NULL) AS `subnet_uuid`,
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags`, -- An array of Tags the Droplet has been tagged with.<br>Requires tag:read scope
  if(JSONType(v.j, 'vcpus') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'vcpus')), NULL) AS `vcpus`, -- The number of virtual CPUs
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'volume_ids')) AS `volume_ids`, -- A flat array including the unique identifier for each Block Storage volume attached to the Droplet.<br>Requires block_s…
  if(JSONType(v.j, 'vpc_uuid') IN ('String'), JSONExtractString(v.j, 'vpc_uuid'), NULL) AS `vpc_uuid`, -- A string specifying the UUID of the VPC to which the Droplet is assigned.<br>Requires vpc:read scope
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'public', JSONExtractArrayRaw(v.j, 'networks', 'v4')), 'ip_address'), '') AS `public_ipv4`, -- the public address of networks.v4; networks is a set, in which places mean nothing
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'private', JSONExtractArrayRaw(v.j, 'networks', 'v4')), 'ip_address'), '') AS `private_ipv4`, -- the private address of networks.v4; networks is a set, in which places mean nothing
  nullIf(JSONExtractString(arrayFirst(x -> JSONExtractString(x, 'type') = 'public', JSONExtractArrayRaw(v.j, 'networks', 'v6')), 'ip_address'), '') AS `public_ipv6` -- the public address of networks.v6; networks is a set, in which places mean nothing
FROM (SELECT v.*, ifNull(v.body, '') AS j FROM silver.versions v WHERE v.resource = 'droplets') v;

CREATE OR REPLACE VIEW silver.droplets AS
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

CREATE OR REPLACE VIEW silver.firewalls_events AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  parseDateTime64BestEffortOrNull(v.created_at, 3, 'UTC') AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  fromUnixTimestamp64Milli(v.after_ms, 'UTC') AS `changed_after`, -- the change happened after this; null when first seen
  fromUnixTimestamp64Milli(v.before_ms, 'UTC') AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'droplet_ids')) AS `droplet_ids`, -- An array containing the IDs of the Droplets assigned to the firewall
  arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'action') IN ('String'), JSONExtractString(x1, 'action'), NULL), if(JSONType(x1, 'ports') IN ('String'), JSONExtractString(x1, 'ports'), NULL), if(JSONType(x1, 'protocol') IN ('String'), JSONExtractString(x1, 'protocol'), NULL), CAST(tuple(arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'addresses')), arrayMap(x2 -> multiIf(JSONType(x2) = 'String', JSONExtractString(x2), JSONType(x2) IN ('Int64', 'UInt64'), JSONExtractRaw(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'droplet_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'kubernetes_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'load_balancer_uids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'tags'))) AS Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))))) AS Tuple(`action` Nullable(String), `ports` Nullable(String), `protocol` Nullable(String), `sources` Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))))), JSONExtractArrayRaw(v.j, 'inbound_rules')) AS `inbound_rules`,
  arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'action') IN ('String'), JSONExtractString(x1, 'action'), NULL), CAST(tuple(arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'addresses')), arrayMap(x2 -> multiIf(JSONType(x2) = 'String', JSONExtractString(x2), JSONType(x2) IN ('Int64', 'UInt64'), JSONExtractRaw(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'droplet_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'kubernetes_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'load_balancer_uids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'tags'))) AS Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String)))), if(JSONType(x1, 'ports') IN ('String'), JSONExtractString(x1, 'ports'), NULL), if(JSONType(x1, 'protocol') IN ('String'), JSONExtractString(x1, 'protocol'), NULL)) AS Tuple(`action` Nullable(String), `destinations` Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))), `ports` Nullable(String), `protocol` Nullable(String))), JSONExtractArrayRaw(v.j, 'outbound_rules')) AS `outbound_rules`,
  arrayMap(x1 -> CAST(tuple(multiIf(JSONType(x1, 'droplet_id') = 'String', JSONExtractString(x1, 'droplet_id'), JSONType(x1, 'droplet_id') IN ('Int64', 'UInt64'), JSONExtractRaw(x1, 'droplet_id'), NULL), if(JSONType(x1, 'removing') IN ('Bool'), CAST(JSONExtractBool(x1, 'removing') AS Bool), NULL), if(JSONType(x1, 'status') IN ('String'), JSONExtractString(x1, 'status'), NULL)) AS Tuple(`droplet_id` Nullable(String), `removing` Nullable(Bool), `status` Nullable(String))), JSONExtractArrayRaw(v.j, 'pending_changes')) AS `pending_changes`, -- An array of objects each containing the fields "droplet_id", "removing", and "status"
  if(JSONType(v.j, 'status') IN ('String'), JSONExtractString(v.j, 'status'), NULL) AS `status`, -- A status string indicating the current state of the firewall
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags` -- A flat array of tag names as strings to be applied to the resource
FROM (SELECT toNullable(e.source.`db`) AS account_id, toNullable(e.source.`table`) AS resource, coalesce(toNullable(e.after.`id`), toNullable(e.before.`id`)) AS `id`, coalesce(toNullable(e.after.`urn`), toNullable(e.before.`urn`)) AS `urn`, coalesce(toNullable(e.after.`parent_id`), toNullable(e.before.`parent_id`)) AS `parent_id`, coalesce(toNullable(e.after.`name`), toNullable(e.before.`name`)) AS `name`, coalesce(toNullable(e.after.`region`), toNullable(e.before.`region`)) AS `region`, coalesce(toNullable(e.after.`created_at`), toNullable(e.before.`created_at`)) AS `created_at`, coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)) AS `body`, coalesce(toNullable(e.after.`body_sha256`), toNullable(e.before.`body_sha256`)) AS `body_sha256`, e.op AS op, toNullable(e.source.`lsn`) AS lsn, toNullable(e.source.`prev_ts_ms`) AS after_ms, toNullable(e.source.`ts_ms`) AS before_ms, e.changes AS changes, ifNull(coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)), '') AS j FROM bronze.events e WHERE toNullable(e.source.`table`) = 'firewalls') v;

CREATE OR REPLACE VIEW silver.firewalls_versions AS
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
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'droplet_ids')) AS `droplet_ids`, -- An array containing the IDs of the Droplets assigned to the firewall
  arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'action') IN ('String'), JSONExtractString(x1, 'action'), NULL), if(JSONType(x1, 'ports') IN ('String'), JSONExtractString(x1, 'ports'), NULL), if(JSONType(x1, 'protocol') IN ('String'), JSONExtractString(x1, 'protocol'), NULL), CAST(tuple(arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'addresses')), arrayMap(x2 -> multiIf(JSONType(x2) = 'String', JSONExtractString(x2), JSONType(x2) IN ('Int64', 'UInt64'), JSONExtractRaw(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'droplet_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'kubernetes_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'load_balancer_uids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'sources', 'tags'))) AS Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))))) AS Tuple(`action` Nullable(String), `ports` Nullable(String), `protocol` Nullable(String), `sources` Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))))), JSONExtractArrayRaw(v.j, 'inbound_rules')) AS `inbound_rules`,
  arrayMap(x1 -> CAST(tuple(if(JSONType(x1, 'action') IN ('String'), JSONExtractString(x1, 'action'), NULL), CAST(tuple(arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'addresses')), arrayMap(x2 -> multiIf(JSONType(x2) = 'String', JSONExtractString(x2), JSONType(x2) IN ('Int64', 'UInt64'), JSONExtractRaw(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'droplet_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'kubernetes_ids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'load_balancer_uids')), arrayMap(x2 -> if(JSONType(x2) IN ('String'), JSONExtractString(x2), NULL), JSONExtractArrayRaw(x1, 'destinations', 'tags'))) AS Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String)))), if(JSONType(x1, 'ports') IN ('String'), JSONExtractString(x1, 'ports'), NULL), if(JSONType(x1, 'protocol') IN ('String'), JSONExtractString(x1, 'protocol'), NULL)) AS Tuple(`action` Nullable(String), `destinations` Tuple(`addresses` Array(Nullable(String)), `droplet_ids` Array(Nullable(String)), `kubernetes_ids` Array(Nullable(String)), `load_balancer_uids` Array(Nullable(String)), `tags` Array(Nullable(String))), `ports` Nullable(String), `protocol` Nullable(String))), JSONExtractArrayRaw(v.j, 'outbound_rules')) AS `outbound_rules`,
  arrayMap(x1 -> CAST(tuple(multiIf(JSONType(x1, 'droplet_id') = 'String', JSONExtractString(x1, 'droplet_id'), JSONType(x1, 'droplet_id') IN ('Int64', 'UInt64'), JSONExtractRaw(x1, 'droplet_id'), NULL), if(JSONType(x1, 'removing') IN ('Bool'), CAST(JSONExtractBool(x1, 'removing') AS Bool), NULL), if(JSONType(x1, 'status') IN ('String'), JSONExtractString(x1, 'status'), NULL)) AS Tuple(`droplet_id` Nullable(String), `removing` Nullable(Bool), `status` Nullable(String))), JSONExtractArrayRaw(v.j, 'pending_changes')) AS `pending_changes`, -- An array of objects each containing the fields "droplet_id", "removing", and "status"
  if(JSONType(v.j, 'status') IN ('String'), JSONExtractString(v.j, 'status'), NULL) AS `status`, -- A status string indicating the current state of the firewall
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags` -- A flat array of tag names as strings to be applied to the resource
FROM (SELECT v.*, ifNull(v.body, '') AS j FROM silver.versions v WHERE v.resource = 'firewalls') v;

CREATE OR REPLACE VIEW silver.firewalls AS
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

CREATE OR REPLACE VIEW silver.volumes_events AS
SELECT
  v.`account_id` AS `account_id`, -- the account: DigitalOcean's team
  v.`id` AS `id`, -- below another record its parents' ids stand before it
  v.`urn` AS `urn`,
  v.`parent_id` AS `parent_id`, -- the id of the record that it is below
  v.`name` AS `name`,
  v.`region` AS `region`,
  parseDateTime64BestEffortOrNull(v.created_at, 3, 'UTC') AS `created_at`, -- as DigitalOcean says it
  v.op AS `op`, -- c created, u updated, d deleted, r first seen
  v.lsn AS `lsn`, -- the account's event number: the order of its events
  fromUnixTimestamp64Milli(v.after_ms, 'UTC') AS `changed_after`, -- the change happened after this; null when first seen
  fromUnixTimestamp64Milli(v.before_ms, 'UTC') AS `changed_before`, -- the change happened before this
  v.changes AS `changes`, -- what an update changed, as JSON
  v.body AS `body`, -- the record as DigitalOcean sent it, as JSON
  if(JSONType(v.j, 'description') IN ('String'), JSONExtractString(v.j, 'description'), NULL) AS `description`, -- An optional free-form text field to describe a block storage volume
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'droplet_ids')) AS `droplet_ids`, -- An array containing the IDs of the Droplets the volume is attached to
  if(JSONType(v.j, 'filesystem_label') IN ('String'), JSONExtractString(v.j, 'filesystem_label'), NULL) AS `filesystem_label`, -- The label currently applied to the filesystem
  if(JSONType(v.j, 'filesystem_type') IN ('String'), JSONExtractString(v.j, 'filesystem_type'), NULL) AS `filesystem_type`, -- The type of filesystem currently in-use on the volume
  CAST(tuple(if(JSONType(v.j, 'region', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'region', 'available') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'features')), if(JSONType(v.j, 'region', 'name') IN ('String'), JSONExtractString(v.j, 'region', 'name'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'sizes')), if(JSONType(v.j, 'region', 'slug') IN ('String'), JSONExtractString(v.j, 'region', 'slug'), NULL)) AS Tuple(`available` Nullable(Bool), `features` Array(Nullable(String)), `name` Nullable(String), `sizes` Array(Nullable(String)), `slug` Nullable(String))) AS `body_region`, -- The region that the block storage volume is located in
  if(JSONType(v.j, 'size_gigabytes') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size_gigabytes')), NULL) AS `size_gigabytes`, -- The size of the block storage volume in GiB (1024^3)
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags` -- A flat array of tag names as strings applied to the resource
FROM (SELECT toNullable(e.source.`db`) AS account_id, toNullable(e.source.`table`) AS resource, coalesce(toNullable(e.after.`id`), toNullable(e.before.`id`)) AS `id`, coalesce(toNullable(e.after.`urn`), toNullable(e.before.`urn`)) AS `urn`, coalesce(toNullable(e.after.`parent_id`), toNullable(e.before.`parent_id`)) AS `parent_id`, coalesce(toNullable(e.after.`name`), toNullable(e.before.`name`)) AS `name`, coalesce(toNullable(e.after.`region`), toNullable(e.before.`region`)) AS `region`, coalesce(toNullable(e.after.`created_at`), toNullable(e.before.`created_at`)) AS `created_at`, coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)) AS `body`, coalesce(toNullable(e.after.`body_sha256`), toNullable(e.before.`body_sha256`)) AS `body_sha256`, e.op AS op, toNullable(e.source.`lsn`) AS lsn, toNullable(e.source.`prev_ts_ms`) AS after_ms, toNullable(e.source.`ts_ms`) AS before_ms, e.changes AS changes, ifNull(coalesce(toNullable(e.after.`body`), toNullable(e.before.`body`)), '') AS j FROM bronze.events e WHERE toNullable(e.source.`table`) = 'volumes') v;

CREATE OR REPLACE VIEW silver.volumes_versions AS
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
  if(JSONType(v.j, 'description') IN ('String'), JSONExtractString(v.j, 'description'), NULL) AS `description`, -- An optional free-form text field to describe a block storage volume
  arrayMap(x1 -> multiIf(JSONType(x1) = 'String', JSONExtractString(x1), JSONType(x1) IN ('Int64', 'UInt64'), JSONExtractRaw(x1), NULL), JSONExtractArrayRaw(v.j, 'droplet_ids')) AS `droplet_ids`, -- An array containing the IDs of the Droplets the volume is attached to
  if(JSONType(v.j, 'filesystem_label') IN ('String'), JSONExtractString(v.j, 'filesystem_label'), NULL) AS `filesystem_label`, -- The label currently applied to the filesystem
  if(JSONType(v.j, 'filesystem_type') IN ('String'), JSONExtractString(v.j, 'filesystem_type'), NULL) AS `filesystem_type`, -- The type of filesystem currently in-use on the volume
  CAST(tuple(if(JSONType(v.j, 'region', 'available') IN ('Bool'), CAST(JSONExtractBool(v.j, 'region', 'available') AS Bool), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'features')), if(JSONType(v.j, 'region', 'name') IN ('String'), JSONExtractString(v.j, 'region', 'name'), NULL), arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'region', 'sizes')), if(JSONType(v.j, 'region', 'slug') IN ('String'), JSONExtractString(v.j, 'region', 'slug'), NULL)) AS Tuple(`available` Nullable(Bool), `features` Array(Nullable(String)), `name` Nullable(String), `sizes` Array(Nullable(String)), `slug` Nullable(String))) AS `body_region`, -- The region that the block storage volume is located in
  if(JSONType(v.j, 'size_gigabytes') IN ('Int64', 'UInt64'), toInt64OrNull(JSONExtractRaw(v.j, 'size_gigabytes')), NULL) AS `size_gigabytes`, -- The size of the block storage volume in GiB (1024^3)
  arrayMap(x1 -> if(JSONType(x1) IN ('String'), JSONExtractString(x1), NULL), JSONExtractArrayRaw(v.j, 'tags')) AS `tags` -- A flat array of tag names as strings applied to the resource
FROM (SELECT v.*, ifNull(v.body, '') AS j FROM silver.versions v WHERE v.resource = 'volumes') v;

CREATE OR REPLACE VIEW silver.volumes AS
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

