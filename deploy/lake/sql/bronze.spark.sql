-- The bronze tables for Spark with Iceberg: the envelope, the collection statuses and the looks, as they stand in the topics, and where
-- they stood there. ts is ts_ms. Of the files of metadata, which every commit makes one of, the last twenty are kept, and of the snapshots
-- those of a day (maintain.spark.sql).
CREATE NAMESPACE IF NOT EXISTS bronze;

CREATE TABLE IF NOT EXISTS bronze.events (
  before STRUCT<account_id: STRING, id: STRING, urn: STRING, parent_id: STRING, name: STRING, region: STRING, created_at: STRING, body: STRING, body_sha256: STRING>,
  after STRUCT<account_id: STRING, id: STRING, urn: STRING, parent_id: STRING, name: STRING, region: STRING, created_at: STRING, body: STRING, body_sha256: STRING>,
  source STRUCT<version: STRING, connector: STRING, name: STRING, ts_ms: BIGINT, prev_ts_ms: BIGINT, snapshot: STRING, db: STRING, `schema`: STRING, `table`: STRING,
    lsn: BIGINT, sequence: STRING, txId: STRING, cause: STRING>,
  op STRING, ts_ms BIGINT, changes STRING, ts TIMESTAMP,
  kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP
) USING iceberg PARTITIONED BY (source.`table`, days(ts)) TBLPROPERTIES (
  'write.metadata.delete-after-commit.enabled' = 'true', 'write.metadata.previous-versions-max' = '20',
  'history.expire.max-snapshot-age-ms' = '86400000', 'history.expire.min-snapshots-to-keep' = '10'
);

ALTER TABLE bronze.events WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY source.db, source.lsn;

CREATE TABLE IF NOT EXISTS bronze.marks (
  account_id STRING, resource STRING, parent_id STRING, status STRING, reason STRING, began_ms BIGINT, ended_ms BIGINT, whole_ms BIGINT,
  records BIGINT, last_lsn BIGINT, since_ms BIGINT, held ARRAY<STRING>, held_count BIGINT, quarantined BIGINT, number BIGINT, looks_seq BIGINT,
  kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP
) USING iceberg PARTITIONED BY (days(kafka_timestamp)) TBLPROPERTIES (
  'write.metadata.delete-after-commit.enabled' = 'true', 'write.metadata.previous-versions-max' = '20',
  'history.expire.max-snapshot-age-ms' = '86400000', 'history.expire.min-snapshots-to-keep' = '10'
);

ALTER TABLE bronze.marks WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, resource, parent_id, kafka_offset;

CREATE TABLE IF NOT EXISTS bronze.looks (
  account_id STRING, at_ms BIGINT, ages STRING, since STRING, seq BIGINT, last_lsn BIGINT,
  kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP
) USING iceberg PARTITIONED BY (days(kafka_timestamp)) TBLPROPERTIES (
  'write.metadata.delete-after-commit.enabled' = 'true', 'write.metadata.previous-versions-max' = '20',
  'history.expire.max-snapshot-age-ms' = '86400000', 'history.expire.min-snapshots-to-keep' = '10'
);

ALTER TABLE bronze.looks WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, seq;
