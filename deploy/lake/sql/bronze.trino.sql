-- The bronze table for Trino's Iceberg connector. Written by its documentation, not run.
CREATE TABLE IF NOT EXISTS iceberg.bronze.events (
  before ROW(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, name VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  after ROW(account_id VARCHAR, id VARCHAR, urn VARCHAR, parent_id VARCHAR, name VARCHAR, region VARCHAR, created_at VARCHAR, body VARCHAR, body_sha256 VARCHAR),
  source ROW(version VARCHAR, connector VARCHAR, name VARCHAR, ts_ms BIGINT, prev_ts_ms BIGINT, snapshot VARCHAR, db VARCHAR, "schema" VARCHAR, "table" VARCHAR,
    lsn BIGINT, sequence VARCHAR, "txId" VARCHAR, cause VARCHAR),
  op VARCHAR, ts_ms BIGINT, changes VARCHAR
) WITH (format = 'PARQUET');
