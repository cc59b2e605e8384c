#!/usr/bin/env python3
"""bronze_silver.py BROKERS PREFIX CHECKPOINT: what is new in the topics, into bronze.events and silver.records.

The tables are those of sql/bronze.spark.sql and sql/records.spark.sql. Run it again and again, or leave availableNow out."""
import sys

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, from_json

brokers, prefix, checkpoint = sys.argv[1:4]
spark = SparkSession.builder.appName("seachange").getOrCreate()

# A batch that was cut off comes again: what has landed does not land twice.
BRONZE = "MERGE INTO bronze.events t USING batch s ON t.source.db = s.source.db AND t.source.lsn = s.source.lsn WHEN NOT MATCHED THEN INSERT *"
# A delete is kept as a flag: an older event that comes again does not revive the record.
SILVER = """MERGE INTO silver.records t USING (
  SELECT r.account_id, source.`table` AS resource, r.id, r.parent_id, r.name, r.region, r.created_at, try_parse_json(r.body) AS body,
    source.lsn, source.ts_ms AS seen_ms, op = 'd' AS deleted
  FROM (SELECT *, coalesce(after, before) AS r,
    row_number() OVER (PARTITION BY source.db, source.`table`, coalesce(after, before).id ORDER BY source.lsn DESC) AS n FROM batch)
  WHERE n = 1) s
ON t.account_id = s.account_id AND t.resource = s.resource AND t.id = s.id
WHEN MATCHED AND s.lsn > t.lsn THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""


def land(batch, _):
    batch.persist().createOrReplaceTempView("batch")
    batch.sparkSession.sql(BRONZE)
    batch.sparkSession.sql(SILVER)
    batch.unpersist()


topics = spark.readStream.format("kafka").options(**{
    "kafka.bootstrap.servers": brokers, "subscribePattern": prefix + r"\..*", "startingOffsets": "earliest",
    "kafka.isolation.level": "read_committed", "maxOffsetsPerTrigger": 100_000})
events = topics.load().select(from_json(col("value").cast("string"), spark.table("bronze.events").schema).alias("e")).select("e.*")


def run():
    events.writeStream.foreachBatch(land).option("checkpointLocation", checkpoint).trigger(availableNow=True).start().awaitTermination()


try:
    run()
except StreamingQueryException:  # Spark 4.1.1 lands the batch that a kill cut off, and then fails to report it
    run()
