-- Brings tables that were made before they had partitions and Kafka's coordinates up to those of bronze.spark.sql. Once, while nothing
-- writes to them; then sql/maintain.spark.sql. Rows that landed before have no coordinates.
ALTER TABLE bronze.events ADD COLUMNS (ts TIMESTAMP, kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP);
ALTER TABLE bronze.events ADD PARTITION FIELD source.`table`;
ALTER TABLE bronze.events ADD PARTITION FIELD days(ts);
ALTER TABLE bronze.events WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY source.db, source.lsn;
UPDATE bronze.events SET ts = timestamp_millis(ts_ms) WHERE ts IS NULL;
ALTER TABLE bronze.marks ADD COLUMNS (kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP);
ALTER TABLE bronze.marks ADD PARTITION FIELD days(kafka_timestamp);
ALTER TABLE bronze.marks WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, resource, parent_id, kafka_offset;
