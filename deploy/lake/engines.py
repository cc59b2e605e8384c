#!/usr/bin/env python3
"""Tries the views and the questions on other engines: the tests use it.

engines.py spark|clickhouse|flink EVENTS [QUERY|@FILE]...    the same as lake.py EVENTS sql, the views from sql/silver.ENGINE.sql
"""
import json
import os
import re
import sys

MEMBERS = ("before", "after", "source", "op", "ts_ms", "changes")
HERE = os.path.dirname(os.path.abspath(__file__))


def sql_file(name):
    return open(f"{HERE}/sql/{name}", encoding="utf-8").read()


def statements(name):
    return [s for s in sql_file(name).split(";\n\n") if s.strip()]


def columns(name):
    """The columns of bronze.events in Spark's words."""
    return re.search(r"bronze\." + name + r" \(\n(.*?)\n\) USING", sql_file("bronze.spark.sql"), re.S).group(1)


def literal(text):
    return "'" + text.replace("'", "\\'").replace("\n", " ") + "'"


def spark(events):
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    options = {"ui.enabled": "false", "sql.shuffle.partitions": "2", "sql.session.timeZone": "UTC", "sql.warehouse.dir": os.path.join(os.path.dirname(events), "spark")}
    builder = SparkSession.builder.master("local[2]")
    for name, value in options.items():
        builder = builder.config(f"spark.{name}", value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    session.sql("CREATE NAMESPACE bronze")
    session.read.schema(columns("events")).json(events).write.saveAsTable("bronze.events")
    for name in ("marks", "looks"):
        session.sql(f"CREATE TABLE bronze.{name} ({columns(name)}) USING parquet")
    for s in statements("silver.spark.sql"):
        session.sql(s)
    return lambda query: [row.asDict(recursive=True).values() for row in [session.sql(s) for s in query.split(";\n")][-1].collect()]


def clickhouse(events):
    from chdb.session import Session

    session = Session()
    for s in statements("bronze.clickhouse.sql"):
        session.query(s)
    table = re.search(r"bronze\.events \(\n(.*?), ts DateTime64", sql_file("bronze.clickhouse.sql"), re.S).group(1)
    session.query(f"INSERT INTO bronze.events ({', '.join(MEMBERS)}) SELECT * FROM file('{events}', JSONEachRow, {literal(table)})")
    for s in statements("silver.clickhouse.sql"):
        session.query(s)
    return lambda query: [json.loads(line) for line in str(session.query(query, "JSONCompactEachRow")).splitlines()]


def flink(events):
    from pyflink.table import EnvironmentSettings, TableEnvironment

    env = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
    for name, value in {"parallelism.default": "1", "table.local-time-zone": "UTC"}.items():
        env.get_config().set(name, value)
    events_columns = re.sub(r"(\w+|`\w+`): ", r"\1 ", columns("events").replace("STRUCT<", "ROW<"))
    # The words that Spark doesn't quote, and the columns that a file of events has.
    names = re.sub(r"(?<=[(<, \n])(before|after|source|version|name|region|body|op|ts_ms)(?= )", r"`\1`", "\n" + events_columns.split(", ts TIMESTAMP")[0])
    env.execute_sql("CREATE DATABASE bronze")
    env.execute_sql(f"CREATE TABLE bronze.events ({names}) WITH ('connector' = 'filesystem', 'path' = 'file://{events}', 'format' = 'json')")
    for s in statements("silver.flink.sql"):
        env.execute_sql(s.strip().removesuffix(";"))
    return lambda query: list(env.execute_sql(query).collect())


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("spark", "clickhouse", "flink"):
        sys.exit(__doc__)
    ask = {"spark": spark, "clickhouse": clickhouse, "flink": flink}[sys.argv[1]](os.path.abspath(sys.argv[2]))
    for n, query in enumerate(sys.argv[3:]):
        if query.startswith("@"):
            query = open(query[1:], encoding="utf-8").read()
        if n > 0:
            print()
        for row in ask(query):
            print(json.dumps(list(row), ensure_ascii=False, default=str))
