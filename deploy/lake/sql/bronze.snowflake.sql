-- The bronze tables for Snowflake. Its grammar takes them (sqlglot's parser of it); they were not run. before, after and source are
-- the envelope's objects.
CREATE SCHEMA IF NOT EXISTS bronze;

CREATE TABLE IF NOT EXISTS bronze.events (
  before VARIANT, after VARIANT, source VARIANT, op VARCHAR, ts_ms NUMBER(19, 0), changes VARCHAR, ts TIMESTAMP_TZ,
  kafka_topic VARCHAR, kafka_partition NUMBER(10, 0), kafka_offset NUMBER(19, 0), kafka_timestamp TIMESTAMP_TZ
)
CLUSTER BY (kafka_topic, CAST(ts AS DATE));

CREATE TABLE IF NOT EXISTS bronze.marks (
  account_id VARCHAR, resource VARCHAR, parent_id VARCHAR, status VARCHAR, reason VARCHAR, began_ms NUMBER(19, 0),
  ended_ms NUMBER(19, 0), whole_ms NUMBER(19, 0), records NUMBER(19, 0), last_lsn NUMBER(19, 0), since_ms NUMBER(19, 0),
  held ARRAY, held_count NUMBER(19, 0), quarantined NUMBER(19, 0), number NUMBER(19, 0),
  looks_seq NUMBER(19, 0), kafka_topic VARCHAR, kafka_partition NUMBER(10, 0), kafka_offset NUMBER(19, 0),
  kafka_timestamp TIMESTAMP_TZ
)
CLUSTER BY (CAST(kafka_timestamp AS DATE));

CREATE TABLE IF NOT EXISTS bronze.looks (
  account_id VARCHAR, at_ms NUMBER(19, 0), ages VARCHAR, since VARCHAR, seq NUMBER(19, 0), last_lsn NUMBER(19, 0),
  kafka_topic VARCHAR, kafka_partition NUMBER(10, 0), kafka_offset NUMBER(19, 0), kafka_timestamp TIMESTAMP_TZ
)
CLUSTER BY (CAST(kafka_timestamp AS DATE));
