-- The bronze tables for BigQuery. Its grammar takes them (sqlglot's parser of it); they were not run. An event's resource is in
-- source.table, by which the rows of a day stand together.
CREATE SCHEMA IF NOT EXISTS bronze;

CREATE TABLE IF NOT EXISTS bronze.events (
  `before` STRUCT<`account_id` STRING, `id` STRING, `urn` STRING, `parent_id` STRING, `name` STRING, `region` STRING, `created_at` STRING, `body` STRING, `body_sha256` STRING>,
  `after` STRUCT<`account_id` STRING, `id` STRING, `urn` STRING, `parent_id` STRING, `name` STRING, `region` STRING, `created_at` STRING, `body` STRING, `body_sha256` STRING>,
  `source` STRUCT<`version` STRING, `connector` STRING, `name` STRING, `ts_ms` INT64, `prev_ts_ms` INT64, `snapshot` STRING, `db` STRING, `schema` STRING, `table` STRING, `lsn` INT64, `sequence` STRING, `txId` STRING, `cause` STRING>,
  `op` STRING, `ts_ms` INT64, `changes` STRING, `ts` TIMESTAMP, `kafka_topic` STRING, `kafka_partition` INT64, `kafka_offset` INT64,
  `kafka_timestamp` TIMESTAMP
)
PARTITION BY TIMESTAMP_TRUNC(`ts`, DAY)
CLUSTER BY `kafka_topic`;

CREATE TABLE IF NOT EXISTS bronze.marks (
  `account_id` STRING, `resource` STRING, `parent_id` STRING, `status` STRING, `reason` STRING, `began_ms` INT64, `ended_ms` INT64, `whole_ms` INT64,
  `records` INT64, `last_lsn` INT64, `since_ms` INT64, `held` ARRAY<STRING>, `held_count` INT64, `quarantined` INT64, `number` INT64,
  `looks_seq` INT64, `kafka_topic` STRING, `kafka_partition` INT64, `kafka_offset` INT64, `kafka_timestamp` TIMESTAMP
)
PARTITION BY TIMESTAMP_TRUNC(`kafka_timestamp`, DAY)
CLUSTER BY `account_id`, `resource`;

CREATE TABLE IF NOT EXISTS bronze.looks (
  `account_id` STRING, `at_ms` INT64, `ages` STRING, `since` STRING, `seq` INT64, `last_lsn` INT64, `kafka_topic` STRING,
  `kafka_partition` INT64, `kafka_offset` INT64, `kafka_timestamp` TIMESTAMP
)
PARTITION BY TIMESTAMP_TRUNC(`kafka_timestamp`, DAY)
CLUSTER BY `account_id`;
