-- The bronze tables for ClickHouse, to be filled from JSONEachRow (its Kafka engine, Connect's sink, or a file). It has no null objects:
-- where before or after is null, all their members are. An event that lands twice is one when ClickHouse has merged its parts.
CREATE DATABASE IF NOT EXISTS bronze;

CREATE TABLE IF NOT EXISTS bronze.events (
  before Tuple(account_id Nullable(String), id Nullable(String), urn Nullable(String), parent_id Nullable(String), name Nullable(String), region Nullable(String), created_at Nullable(String), body Nullable(String), body_sha256 Nullable(String)),
  after Tuple(account_id Nullable(String), id Nullable(String), urn Nullable(String), parent_id Nullable(String), name Nullable(String), region Nullable(String), created_at Nullable(String), body Nullable(String), body_sha256 Nullable(String)),
  source Tuple(`version` Nullable(String), `connector` Nullable(String), `name` Nullable(String), `ts_ms` Int64, `prev_ts_ms` Nullable(Int64), `snapshot` Nullable(String), `db` String, `schema` Nullable(String), `table` String, `lsn` Int64, `sequence` Nullable(String), `txId` Nullable(String), `cause` Nullable(String)),
  op String, ts_ms Int64, changes Nullable(String), ts DateTime64(3, 'UTC') DEFAULT fromUnixTimestamp64Milli(ts_ms, 'UTC'),
  kafka_topic Nullable(String), kafka_partition Nullable(Int32), kafka_offset Nullable(Int64),
  kafka_timestamp Nullable(DateTime64(3, 'UTC'))
) ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(ts) ORDER BY (source.`table`, source.db, source.lsn);

CREATE TABLE IF NOT EXISTS bronze.marks (
  account_id String, resource String, parent_id Nullable(String), status Nullable(String), reason Nullable(String),
  began_ms Nullable(Int64), ended_ms Nullable(Int64), whole_ms Nullable(Int64), records Nullable(Int64), last_lsn Nullable(Int64),
  since_ms Nullable(Int64), held Array(String), held_count Nullable(Int64), quarantined Nullable(Int64), number Nullable(Int64), looks_seq Nullable(Int64),
  kafka_topic Nullable(String), kafka_partition Nullable(Int32), kafka_offset Nullable(Int64),
  kafka_timestamp Nullable(DateTime64(3, 'UTC'))
) ENGINE = MergeTree ORDER BY (account_id, resource);

CREATE TABLE IF NOT EXISTS bronze.looks (
  account_id Nullable(String), at_ms Int64, ages Nullable(String), since Nullable(String), seq Int64, last_lsn Int64,
  kafka_topic Nullable(String), kafka_partition Nullable(Int32), kafka_offset Nullable(Int64),
  kafka_timestamp Nullable(DateTime64(3, 'UTC'))
) ENGINE = MergeTree ORDER BY seq;
