#!/usr/bin/env python3
"""Makes the bronze tables, and looks at them. PLACE is the lake's folder, or a file of events, one a line, as
`seachange replay` and `tail --output json` print them, or a Delta table of delta.py.

lake.py PLACE create          make PLACE/catalog.db and the tables bronze.events, bronze.marks and bronze.looks (the DDL of sql/bronze.spark.sql)
lake.py PLACE rows [TABLE]    print a table's rows as JSON, one a line
lake.py PLACE sql QUERY       ask DuckDB, which has the tables and the views of sql/silver.duckdb.sql, with silver.versions as the lake
                              keeps it, if it does (spark/versions.py)
lake.py PLACE sql @FILE       the same, the query from a file; several, one after another, with an empty line between their rows
lake.py PLACE duckdb FILE     write the tables to a DuckDB database, for dbt
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def schemas():
    import pyarrow as pa

    string, long, time = pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")
    kafka = [("kafka_topic", string), ("kafka_partition", pa.int32()), ("kafka_offset", long), ("kafka_timestamp", time)]
    row = pa.struct([(n, string) for n in ("account_id", "id", "urn", "parent_id", "name", "region", "created_at", "body", "body_sha256")])
    source = pa.struct([
        ("version", string), ("connector", string), ("name", string), ("ts_ms", long), ("prev_ts_ms", long), ("snapshot", string), ("db", string),
        ("schema", string), ("table", string), ("lsn", long), ("sequence", string), ("txId", string), ("cause", string),
    ])
    return {
        "bronze.events": pa.schema(
            [("before", row), ("after", row), ("source", source), ("op", string), ("ts_ms", long), ("changes", string), ("ts", time)] + kafka
        ),
        "bronze.marks": pa.schema(
            [(n, string) for n in ("account_id", "resource", "parent_id", "status", "reason")]
            + [(n, long) for n in ("began_ms", "ended_ms", "whole_ms", "records", "last_lsn", "since_ms")]
            + [("held", pa.list_(string)), ("held_count", long), ("quarantined", long), ("number", long), ("looks_seq", long)]
            + kafka
        ),
        "bronze.looks": pa.schema(
            [("account_id", string), ("at_ms", long), ("ages", string), ("since", string), ("seq", long), ("last_lsn", long)] + kafka
        ),
    }


# What sql/bronze.spark.sql says after PARTITIONED BY and ORDERED BY.
LAYOUT = {
    "bronze.events": ({"source.table": "identity", "ts": "day"}, ("source.db", "source.lsn")),
    "bronze.marks": ({"kafka_timestamp": "day"}, ("account_id", "resource", "parent_id", "kafka_offset")),
    "bronze.looks": ({"kafka_timestamp": "day"}, ("account_id", "seq")),
}
PROPERTIES = {
    "write.metadata.delete-after-commit.enabled": "true", "write.metadata.previous-versions-max": "20",
    "history.expire.max-snapshot-age-ms": "86400000", "history.expire.min-snapshots-to-keep": "10",
}


def catalog(folder):
    from pyiceberg.catalog.sql import SqlCatalog

    os.makedirs(f"{folder}/warehouse", exist_ok=True)
    return SqlCatalog("iceberg", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")


def create(folder):
    from pyiceberg.transforms import IdentityTransform

    c = catalog(folder)
    c.create_namespace_if_not_exists("bronze")
    for name, schema in schemas().items():
        if c.table_exists(name):
            continue
        partitions, order = LAYOUT[name]
        with c.create_table_transaction(name, schema=schema, properties=PROPERTIES) as t:
            with t.update_spec() as spec:
                for column, transform in partitions.items():
                    spec.add_field(column, transform)
            with t.update_sort_order() as sort:
                for column in order:
                    sort.asc(column, IdentityTransform())


def rows(folder, table="bronze.events"):
    for batch in catalog(folder).load_table(table).scan().to_arrow_batch_reader():
        for row in batch.to_pylist():
            print(json.dumps(row, ensure_ascii=False, default=str))


def load(db, place, kind="VIEW"):
    """Makes DuckDB's tables. Those of Iceberg are views, which read no more of its files than a query needs, or tables."""
    db.execute(sql_file("bronze.duckdb.sql"))
    if os.path.isdir(f"{place}/_delta_log"):
        from deltalake import DeltaTable

        db.register("landed", DeltaTable(place).to_pyarrow_dataset())
        db.execute("INSERT INTO bronze.events BY NAME SELECT * EXCLUDE (resource, day) FROM landed")
    elif os.path.isdir(place):
        lake = catalog(place)
        for name in schemas():
            if lake.table_exists(name):
                fill(db, name, lake.load_table(name), kind)
    else:
        types = {name: kind for name, kind, *_ in db.execute("DESCRIBE bronze.events").fetchall()}
        db.execute(
            "INSERT INTO bronze.events BY NAME SELECT * REPLACE (make_timestamptz(1000 * ts_ms) AS ts) "
            "FROM read_json(?, columns = ?, format = 'newline_delimited', maximum_object_size = 100000000)",
            [place, types],
        )


def fill(db, name, table, kind="VIEW"):
    """Makes a view or a table of an Iceberg table, with the columns of the table of that name, if there is one: what an older layout lacks is null."""
    tasks, fields = list(table.scan().plan_files()), table.schema().fields
    db.execute(f"CREATE TABLE IF NOT EXISTS {name} (" + ", ".join(f'"{f.name}" {duckdb_type(f.field_type)}' for f in fields) + ")")
    if not tasks:
        return
    files = ", ".join(literal(re.sub("^file:/+", "/", task.file.file_path)) for task in tasks)
    ids = ", ".join(f"{f.field_id}: {{name: {literal(f.name)}, type: {literal(duckdb_type(f.field_type))}, default_value: NULL}}" for f in fields)
    here = {f.name for f in fields}
    columns = ", ".join(f'"{c}"' if c in here else f'CAST(NULL AS {kind}) AS "{c}"' for c, kind, *_ in db.execute(f"DESCRIBE {name}").fetchall())
    source = f"read_parquet([{files}], schema = MAP {{{ids}}})"
    if any(task.delete_files for task in tasks):  # which DuckDB knows nothing of
        db.register("landed", table.scan().to_arrow_batch_reader())
        source, kind = "landed", "TABLE"
    db.execute(f"DROP TABLE {name}; CREATE {kind} {name} AS SELECT {columns} FROM {source}")


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def duckdb_type(t):
    """An Iceberg type in DuckDB's words."""
    if t.is_struct:
        return "STRUCT(" + ", ".join(f'"{f.name}" {duckdb_type(f.field_type)}' for f in t.fields) + ")"
    if str(t).startswith("list<"):
        return duckdb_type(t.element_type) + "[]"
    return {"string": "VARCHAR", "long": "BIGINT", "int": "INTEGER", "timestamptz": "TIMESTAMPTZ"}[str(t)]


def connect(place):
    """DuckDB with the tables, and with the views of sql/silver.duckdb.sql; the versions are a table where the lake keeps them."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    load(db, place)
    text = sql_file("silver.duckdb.sql")
    if os.path.isfile(f"{place}/catalog.db") and catalog(place).table_exists("silver.versions"):
        fill(db, "kept", catalog(place).load_table("silver.versions"))
        text = re.sub(r"CREATE OR REPLACE VIEW silver\.versions AS\n.*?;\n\n", "CREATE VIEW silver.versions AS FROM kept;\n\n", text, count=1, flags=re.S)
    db.execute(text)
    return db


def sql_file(name):
    return open(f"{HERE}/sql/{name}", encoding="utf-8").read()


def sql(place, *queries):
    db = connect(place)
    for n, query in enumerate(queries):
        if query.startswith("@"):
            query = open(query[1:], encoding="utf-8").read()
        if n > 0:
            print()
        answer = db.execute(query)
        while rows := answer.fetchmany(1000):
            for row in rows:
                print(json.dumps(row, ensure_ascii=False, default=str))


def database(place, file):
    import duckdb

    with duckdb.connect(file) as db:
        load(db, place, "TABLE")


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[2] not in ("create", "rows", "sql", "duckdb"):
        sys.exit(__doc__)
    {"create": create, "rows": rows, "sql": sql, "duckdb": database}[sys.argv[2]](os.path.abspath(sys.argv[1]), *sys.argv[3:])
