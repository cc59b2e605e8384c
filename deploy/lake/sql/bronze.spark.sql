-- The bronze table for Spark with Iceberg: the envelope as it stands in the topics. Not run: the same table made by lake.py with PyIceberg was. For Trino write ROW(...) and VARCHAR, as bronze.trino.sql does.
CREATE TABLE IF NOT EXISTS bronze.events (
  before STRUCT<account_id STRING, id STRING, urn STRING, parent_id STRING, name STRING, region STRING, created_at STRING, body STRING, body_sha256 STRING>,
  after STRUCT<account_id STRING, id STRING, urn STRING, parent_id STRING, name STRING, region STRING, created_at STRING, body STRING, body_sha256 STRING>,
  source STRUCT<version STRING, connector STRING, name STRING, ts_ms BIGINT, prev_ts_ms BIGINT, snapshot STRING, db STRING, `schema` STRING, `table` STRING,
    lsn BIGINT, sequence STRING, txId STRING, cause STRING>,
  op STRING, ts_ms BIGINT, changes STRING
) USING iceberg;
