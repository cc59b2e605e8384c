"""What the jobs ask of their tables before they write to them."""
import time


class Refused(Exception):
    """What is there is not what a job writes to, or reads: it has written nothing of it."""


def literals(texts):
    """Texts in SQL."""
    return ", ".join("'" + t.replace("\\", "\\\\").replace("'", "\\'") + "'" for t in texts)


def need(spark, table, columns):
    missing = [c for c in columns if c not in spark.table(table).columns]
    if missing:
        raise Refused(f"{table} has no {', '.join(missing)}: it is of an older layout. Bring it up to date with sql/upgrade.spark.sql")


def claim(spark, table, writer, take_over):
    """Makes a job a table's writer, of which there is one: a property names it. Only an empty table is anybody's."""
    properties = dict(spark.sql(f"SHOW TBLPROPERTIES {table}").collect())
    owner = properties.get("seachange.writer")
    if owner == writer and not take_over:
        return
    if not take_over and (owner or properties["current-snapshot-id"] != "none"):
        raise Refused(
            f"{table} is written by {owner or 'another, which left no name'}. Two writers would land rows twice: "
            f"stop that one, and run {writer} --take-over once"
        )
    since = int(time.time() * 1000)
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('seachange.writer' = '{writer}', 'seachange.writer-since-ms' = '{since}')")


def alone(spark, table):
    """Kafka Connect knows of no property: its commits tell."""
    properties = dict(spark.sql(f"SHOW TBLPROPERTIES {table}").collect())
    rival = spark.sql(
        f"SELECT max(committed_at) FROM {table}.snapshots WHERE committed_at > timestamp_millis({properties['seachange.writer-since-ms']}) "
        "AND exists(map_keys(summary), k -> k LIKE 'kafka.connect.%')"
    ).first()[0]
    if rival:
        raise Refused(f"Kafka Connect writes to {table} too, last at {rival}, and rows land twice: stop its connector, or this job")
