-- Brings tables that were made before they had partitions and Kafka's coordinates up to those of bronze.spark.sql. Once, while nothing
-- writes to them; then sql/maintain.spark.sql. Rows that landed before have no coordinates.
ALTER TABLE bronze.events ADD COLUMNS (ts TIMESTAMP, kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP);
ALTER TABLE bronze.events ADD PARTITION FIELD source.`table`;
ALTER TABLE bronze.events ADD PARTITION FIELD days(ts);
ALTER TABLE bronze.events WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY source.db, source.lsn;
UPDATE bronze.events SET ts = timestamp_millis(ts_ms) WHERE ts IS NULL;
ALTER TABLE bronze.marks ADD COLUMNS (number BIGINT, looks_seq BIGINT, kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP);
ALTER TABLE bronze.marks ADD PARTITION FIELD days(kafka_timestamp);
ALTER TABLE bronze.marks WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, resource, parent_id, kafka_offset;
CREATE TABLE IF NOT EXISTS bronze.looks (
  account_id STRING, at_ms BIGINT, ages STRING, since STRING, seq BIGINT, last_lsn BIGINT,
  kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP
) USING iceberg PARTITIONED BY (days(kafka_timestamp)) TBLPROPERTIES (
  'write.metadata.delete-after-commit.enabled' = 'true', 'write.metadata.previous-versions-max' = '20',
  'history.expire.max-snapshot-age-ms' = '86400000', 'history.expire.min-snapshots-to-keep' = '10'
);
ALTER TABLE bronze.looks WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, seq;
