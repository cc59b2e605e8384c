#!/usr/bin/env python3
"""bronze_silver.py BROKERS PREFIX CHECKPOINT [--take-over]: what is new in the topics, into bronze.events and silver.records.

The tables are those of sql/bronze.spark.sql and sql/records.spark.sql. Run it again and again, or leave availableNow out.
--take-over makes it the writer of tables that another filled before, which must have stopped."""
import sys

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, expr, from_json

from tables import Refused, alone, claim, literals, need

WRITER = "bronze_silver.py"
TABLES = ("bronze.events", "silver.records")

# A batch that was cut off comes again: what has landed does not land twice. The bounds are those of the batch, so that no more of
# the table is read than the days of its resources.
BRONZE = """MERGE INTO bronze.events t USING batch s
ON t.source.`table` IN ({resources}) AND t.ts BETWEEN timestamp_millis({first}) AND timestamp_millis({last})
  AND t.source.lsn BETWEEN {low} AND {high}
  AND t.source.`table` = s.source.`table` AND t.source.db = s.source.db AND t.source.lsn = s.source.lsn
WHEN NOT MATCHED THEN INSERT *"""
# A delete is kept as a flag: an older event that comes again does not revive the record.
SILVER = """MERGE INTO silver.records t USING (
  SELECT r.account_id, source.`table` AS resource, r.id, r.parent_id, r.name, r.region, r.created_at, try_parse_json(r.body) AS body,
    source.lsn, source.ts_ms AS seen_ms, op = 'd' AS deleted
  FROM (SELECT *, coalesce(after, before) AS r,
    row_number() OVER (PARTITION BY source.db, source.`table`, coalesce(after, before).id ORDER BY source.lsn DESC) AS n FROM batch)
  WHERE n = 1) s
ON t.resource IN ({resources}) AND t.account_id = s.account_id AND t.resource = s.resource AND t.id = s.id
WHEN MATCHED AND s.lsn > t.lsn THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""
# What is no event, or one of a later contract than this job knows.
BAD = """e.source.db IS NULL OR e.source.`table` IS NULL OR e.source.lsn IS NULL OR e.ts_ms IS NULL OR coalesce(e.op, '') NOT IN ('c', 'u', 'd', 'r')
  OR (e.op <> 'd' AND e.after IS NULL) OR (e.op IN ('u', 'd') AND e.before IS NULL) OR coalesce(version, '1') <> '1'"""


def read(spark, brokers, prefix):
    """The topics as a stream of records: their events, and where they stand."""
    topics = spark.readStream.format("kafka").options(**{
        "kafka.bootstrap.servers": brokers, "subscribePattern": prefix + r"\..*", "startingOffsets": "earliest",
        "kafka.isolation.level": "read_committed", "maxOffsetsPerTrigger": 100_000, "includeHeaders": "true"})
    schema = spark.table("bronze.events").select("before", "after", "source", "op", "ts_ms", "changes").schema
    return topics.load().where("value IS NOT NULL").select(
        "*", from_json(col("value").cast("string"), schema).alias("e"),
        expr("CAST(filter(headers, h -> h.key = 'schema')[0].value AS STRING)").alias("version"))


def land(records, _):
    spark = records.sparkSession
    for table in TABLES:
        claim(spark, table, WRITER, False)
    alone(spark, "bronze.events")
    records.persist()
    bad = records.where(BAD).first()
    if bad:
        raise Refused(f"{bad.topic}, partition {bad.partition}, offset {bad.offset}: no event that this job reads (schema {bad.version}, "
                      f"{bytes(bad.value[:60])}…). Nothing of its batch has landed")
    batch = records.selectExpr("e.*", "timestamp_millis(e.ts_ms) AS ts", "topic AS kafka_topic", "partition AS kafka_partition",
                               "offset AS kafka_offset", "timestamp AS kafka_timestamp", "struct(e.source.db, e.source.`table`, e.source.lsn) AS k")
    batch = batch.dropDuplicates(["k"]).drop("k")
    batch.createOrReplaceTempView("batch")
    row = spark.sql("SELECT collect_set(source.`table`), min(ts_ms), max(ts_ms), min(source.lsn), max(source.lsn) FROM batch").first()
    if row[0]:
        bounds = {"resources": literals(sorted(row[0])), "first": row[1], "last": row[2], "low": row[3], "high": row[4]}
        spark.sql(BRONZE.format(**bounds))
        spark.sql(SILVER.format(**bounds))
    records.unpersist()


def main(brokers, prefix, checkpoint, take_over=None):
    spark = SparkSession.builder.appName("seachange").getOrCreate()
    need(spark, "bronze.events", ("ts", "kafka_topic", "kafka_partition", "kafka_offset", "kafka_timestamp"))
    for table in TABLES:
        claim(spark, table, WRITER, take_over is not None)
    alone(spark, "bronze.events")
    records = read(spark, brokers, prefix)

    def run():
        records.writeStream.foreachBatch(land).option("checkpointLocation", checkpoint).trigger(availableNow=True).start().awaitTermination()

    try:
        run()
    except StreamingQueryException as e:  # Spark 4.1.1 lands the batch that a kill cut off, and then fails to report it
        if "Refused" in str(e):
            raise Refused(str(e).split("tables.Refused: ")[-1].split("\n")[0]) from None
        run()


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[4:] not in ([], ["--take-over"]):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Refused as e:
        sys.exit(f"bronze_silver.py: {e}")
