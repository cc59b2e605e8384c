#!/usr/bin/env python3
"""versions.py [--take-over]: what is new in bronze.events, into silver.versions.

The tables are those of sql/bronze.spark.sql and sql/versions.spark.sql; the versions are what the view of sql/silver.spark.sql says.
Whoever fills bronze.events, Kafka Connect or bronze_silver.py, goes on beside it. Run it again and again: it reads what was appended
since the last time, however late that came, and makes anew the versions of its records alone. It does so with all when it is not
known any more what was new, since the snapshot of the last time has expired.
--take-over makes it the writer of a table that another filled before, which must have stopped."""
import os
import re
import sys

from pyspark.sql import SparkSession

from tables import Refused, claim, literals, need

HERE = os.path.dirname(os.path.abspath(__file__))
WRITER = "versions.py"
KEY = ("account_id", "resource", "id", "lsn")

OF = "e.source.db = k.account_id AND e.source.`table` = k.resource AND coalesce(e.after, e.before).id = k.id"
KEPT = """SELECT v.account_id, v.resource, v.id, v.lsn, v.ended_after, v.ended_before FROM silver.versions v
LEFT SEMI JOIN touched k ON v.account_id = k.account_id AND v.resource = k.resource AND v.id = k.id WHERE v.resource IN ({resources})"""
# What differs: a new version, one that has ended since, and one that a late event has made another's.
DUE = """SELECT m.*, k.ended_before AS was, false AS gone FROM made m LEFT JOIN kept k USING (account_id, resource, id, lsn)
WHERE k.lsn IS NULL OR NOT (k.ended_before <=> m.ended_before AND k.ended_after <=> m.ended_after)"""
# No more of the table is read than the months of the versions that change; what lasts is in one partition.
MERGE = """MERGE INTO silver.versions t USING due s
ON t.resource IN ({resources}) AND (t.ended_before IS NULL OR t.ended_before BETWEEN timestamp_micros({first}) AND timestamp_micros({last}))
  AND t.account_id = s.account_id AND t.resource = s.resource AND t.id = s.id AND t.lsn = s.lsn
WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"""


def view():
    """The query of the view silver.versions, over the events of the records that are touched."""
    with open(f"{HERE}/../sql/silver.spark.sql", encoding="utf-8") as f:
        sql = re.search(r"VIEW silver\.versions .*? AS\n(WITH e AS .*?);\n\n", f.read(), re.S).group(1)
    return sql.replace("bronze.events", "events")


def appended(spark, since, until):
    """The events that came between two snapshots; all of them if the first is not there any more."""
    if since and spark.sql(f"SELECT 1 FROM bronze.events.snapshots WHERE snapshot_id = {since}").first():
        return spark.read.option("start-snapshot-id", since).option("end-snapshot-id", until).table("bronze.events"), False
    return spark.read.option("versionAsOf", until).table("bronze.events"), True


def fold(spark, until, new, everything):
    """Brings the versions of the records of new events up to a snapshot. Returns how many of them differ.

    Checkpoints, since Spark 4.1.1 can't write to a table of which it has something cached."""
    touched = new.selectExpr("source.db AS account_id", "source.`table` AS resource", "coalesce(after, before).id AS id").distinct()
    if everything:
        touched = touched.union(spark.sql("SELECT account_id, resource, id FROM silver.versions")).distinct()
    touched.localCheckpoint().createOrReplaceTempView("touched")
    names = literals(row.resource for row in spark.sql("SELECT DISTINCT resource FROM touched ORDER BY 1").collect())
    if not names:
        return 0
    spark.sql(f"SELECT e.* FROM bronze.events VERSION AS OF {until} e LEFT SEMI JOIN touched k ON {OF} "
              f"WHERE e.source.`table` IN ({names})").createOrReplaceTempView("events")
    spark.sql(view()).localCheckpoint().createOrReplaceTempView("made")
    spark.sql(KEPT.format(resources=names)).localCheckpoint().createOrReplaceTempView("kept")
    due = spark.sql(DUE)
    gone = spark.sql(f"SELECT * FROM kept LEFT ANTI JOIN made USING ({', '.join(KEY)})")
    gone = gone.selectExpr(*KEY, "ended_before AS was", "true AS gone")
    due.unionByName(gone, allowMissingColumns=True).localCheckpoint().createOrReplaceTempView("due")
    n, first, last = spark.sql("SELECT count(*), unix_micros(min(was)), unix_micros(max(was)) FROM due").first()
    if n:
        spark.sql(MERGE.format(resources=names, first=first or 0, last=last or 0))
    return n


def main(take_over=None):
    spark = SparkSession.builder.appName("seachange versions").getOrCreate()
    claim(spark, "silver.versions", WRITER, take_over is not None)
    need(spark, "bronze.events", ("before", "after", "source", "op"))
    until = spark.sql("SELECT max(snapshot_id) FROM bronze.events.refs WHERE name = 'main'").first()[0]
    since = dict(spark.sql("SHOW TBLPROPERTIES silver.versions").collect()).get("seachange.bronze-snapshot")
    if until is None or since == str(until):
        print("versions.py: nothing is new")
        return
    new, everything = appended(spark, since, until)
    n = fold(spark, until, new, everything)
    # After the versions: if this is not reached, the same is done once more, with the same result.
    spark.sql(f"ALTER TABLE silver.versions SET TBLPROPERTIES ('seachange.bronze-snapshot' = '{until}')")
    print(f"versions.py: {n} versions are new or have changed{', all events were read' if everything else ''}")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--take-over"]):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Refused as e:
        sys.exit(f"versions.py: {e}")
