-- The bronze tables in DuckDB, which lake.py fills from Iceberg or from a file of events.
CREATE SCHEMA IF NOT EXISTS bronze;

CREATE TABLE IF NOT EXISTS bronze.events (
  before STRUCT(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, "name" VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  after STRUCT(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, "name" VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  source STRUCT(version VARCHAR, connector VARCHAR, "name" VARCHAR, ts_ms BIGINT, prev_ts_ms BIGINT, snapshot VARCHAR, db VARCHAR, "schema" VARCHAR, "table" VARCHAR,
    lsn BIGINT, sequence VARCHAR, txId VARCHAR, cause VARCHAR),
  op VARCHAR, ts_ms BIGINT, changes VARCHAR, ts TIMESTAMPTZ,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMPTZ
);

CREATE TABLE IF NOT EXISTS bronze.marks (
  account_id VARCHAR, resource VARCHAR, parent_id VARCHAR, status VARCHAR, reason VARCHAR, began_ms BIGINT, ended_ms BIGINT, whole_ms BIGINT,
  records BIGINT, last_lsn BIGINT, since_ms BIGINT, held VARCHAR[], held_count BIGINT, quarantined BIGINT, number BIGINT, looks_seq BIGINT,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMPTZ
);

CREATE TABLE IF NOT EXISTS bronze.looks (
  account_id VARCHAR, at_ms BIGINT, ages VARCHAR, since VARCHAR, seq BIGINT, last_lsn BIGINT,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMPTZ
);
