-- The bronze tables for Trino's Iceberg connector. Its grammar takes them (deploy/lake/test trino); they were not run.
CREATE SCHEMA IF NOT EXISTS iceberg.bronze;

CREATE TABLE IF NOT EXISTS iceberg.bronze.events (
  before ROW(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, name VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  after ROW(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, name VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  source ROW(version VARCHAR, connector VARCHAR, name VARCHAR, ts_ms BIGINT, prev_ts_ms BIGINT, snapshot VARCHAR, db VARCHAR, "schema" VARCHAR, "table" VARCHAR,
    lsn BIGINT, sequence VARCHAR, "txId" VARCHAR, cause VARCHAR),
  op VARCHAR, ts_ms BIGINT, changes VARCHAR, ts TIMESTAMP(6) WITH TIME ZONE,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMP(6) WITH TIME ZONE
) WITH (format = 'PARQUET', partitioning = ARRAY['"source.table"', 'day(ts)'], sorted_by = ARRAY['ts']);

CREATE TABLE IF NOT EXISTS iceberg.bronze.marks (
  account_id VARCHAR, resource VARCHAR, parent_id VARCHAR, status VARCHAR, reason VARCHAR, began_ms BIGINT, ended_ms BIGINT, whole_ms BIGINT,
  records BIGINT, last_lsn BIGINT, since_ms BIGINT, held ARRAY(VARCHAR), held_count BIGINT, quarantined BIGINT, number BIGINT, looks_seq BIGINT,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMP(6) WITH TIME ZONE
) WITH (format = 'PARQUET', partitioning = ARRAY['day(kafka_timestamp)'], sorted_by = ARRAY['account_id']);

CREATE TABLE IF NOT EXISTS iceberg.bronze.looks (
  account_id VARCHAR, at_ms BIGINT, ages VARCHAR, since VARCHAR, seq BIGINT, last_lsn BIGINT,
  kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMP(6) WITH TIME ZONE
) WITH (format = 'PARQUET', partitioning = ARRAY['day(kafka_timestamp)'], sorted_by = ARRAY['account_id']);
