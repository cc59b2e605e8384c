#!/usr/bin/env python3
"""Makes the bronze table, and looks at it.

lake.py DIR create          make DIR/catalog.db and the table bronze.events (the DDL of sql/bronze.spark.sql)
lake.py DIR rows [TABLE]    print the table's rows as JSON, one a line
lake.py DIR sql QUERY       ask DuckDB, in which the table is called events
lake.py DIR sql @FILE       the same, the query from a file
"""
import json
import os
import sys

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

string, long = pa.string(), pa.int64()
ROW = pa.struct([(n, string) for n in ("account_id", "id", "urn", "parent_id", "name", "region", "created_at", "body", "body_sha256")])
SOURCE = pa.struct([
    ("version", string), ("connector", string), ("name", string), ("ts_ms", long), ("prev_ts_ms", long), ("snapshot", string), ("db", string),
    ("schema", string), ("table", string), ("lsn", long), ("sequence", string), ("txId", string), ("cause", string),
])
EVENTS = pa.schema([("before", ROW), ("after", ROW), ("source", SOURCE), ("op", string), ("ts_ms", long), ("changes", string)])


def catalog(folder):
    os.makedirs(f"{folder}/warehouse", exist_ok=True)
    return SqlCatalog("iceberg", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")


def create(folder):
    c = catalog(folder)
    c.create_namespace_if_not_exists("bronze")
    c.create_table_if_not_exists("bronze.events", schema=EVENTS)


def rows(folder, table="bronze.events"):
    for row in catalog(folder).load_table(table).scan().to_arrow().to_pylist():
        print(json.dumps(row, ensure_ascii=False, default=str))


def sql(folder, query):
    import duckdb

    if query.startswith("@"):
        query = open(query[1:], encoding="utf-8").read()
    db = duckdb.connect()
    db.register("bronze", catalog(folder).load_table("bronze.events").scan().to_arrow())
    db.execute("CREATE VIEW events AS SELECT * FROM bronze")
    for row in db.execute(query).fetchall():
        print(json.dumps(row, ensure_ascii=False, default=str))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    {"create": create, "rows": rows, "sql": sql}[sys.argv[2]](os.path.abspath(sys.argv[1]), *sys.argv[3:4])
