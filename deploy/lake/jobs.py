#!/usr/bin/env python3
"""Tries Spark's jobs and its SQL in one session: the tests use it.

jobs.py SPARK.conf STEP...    does one step after another and prints the rows, as JSON, and what a job says, with a line of -- between steps.
                              A step is a statement, @FILE of statements, or a job of spark/ with its arguments.
"""
import importlib
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/spark")


def session(conf):
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]")
    with open(conf, encoding="utf-8") as f:
        options = dict(line.split(None, 1) for line in f if line.strip() and not line.startswith("#"))
    options |= {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC"}
    for name, value in options.items():
        builder = builder.config(name, value.strip())
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def step(spark, text):
    from tables import Refused

    name, *args = text.split()
    if name.endswith(".py"):
        try:
            importlib.import_module(name.removesuffix(".py")).main(*args)
        except Refused as e:
            print("refused:", e)
        return
    if text.startswith("@"):
        with open(text[1:], encoding="utf-8") as f:
            text = f.read()
    for statement in text.split(";\n"):
        if statement.strip():
            rows = spark.sql(statement.strip().removesuffix(";")).collect()
    for row in rows:
        print(json.dumps(list(row.asDict(recursive=True).values()), ensure_ascii=False, default=str))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    spark = session(sys.argv[1])
    for n, text in enumerate(sys.argv[2:]):
        if n > 0:
            print("--", flush=True)
        step(spark, text)
