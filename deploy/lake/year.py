#!/usr/bin/env python3
"""year.py EVENTS: how long "now" and "as of" take in DuckDB over a made-up year of 30 accounts, by the view of versions and by a table
of them. Prints a line of JSON. It needs about 2 KB of disk an event, in the folder for temporary files.
"""
import json
import os
import sys
import tempfile
import time

import duckdb

from lake import sql_file

# A record in fifty events is made, updated eighteen times, deleted, and made again, over the whole year.
EVENTS = """INSERT INTO bronze.events BY NAME
WITH e AS (SELECT i, (hash(i) % {records})::BIGINT AS r, row_number() OVER (PARTITION BY hash(i) % {records} ORDER BY i) - 1 AS n FROM range({events}) t(i)),
s AS (SELECT *, CASE n % 20 WHEN 0 THEN 'c' WHEN 19 THEN 'd' ELSE 'u' END AS op, epoch_ms(TIMESTAMP '2026-01-01') + i * 31536000000 // {events} AS ms,
  {{'account_id': 'team-' || r % 30, 'id': r::VARCHAR, 'name': 'record-' || r,
    'body': '{{"id":' || r || ',"memory":' || 1024 * (n + 1) || ',"tags":["a","b"],"text":"' || repeat(md5(r::VARCHAR), 12) || '"}}'}} AS row FROM e)
SELECT CASE WHEN op = 'c' THEN NULL ELSE row END AS before, CASE WHEN op = 'd' THEN NULL ELSE row END AS after, op, ms AS ts_ms,
  {{'db': 'team-' || r % 30, 'table': ['droplets', 'firewalls', 'volumes', 'snapshots', 'domain_records'][1 + r % 5], 'lsn': i + 1, 'ts_ms': ms,
    'prev_ts_ms': ms - 60000}} AS source FROM s"""


def seconds(db, query):
    """The quickest of three, and how many rows there are."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        rows = len(db.execute(query).fetchall())
        took.append(time.perf_counter() - began)
    return {"seconds": round(min(took), 2), "rows": rows}


def main(events):
    questions = {"now": sql_file("now.sql"), "as_of": sql_file("as-of.sql").replace("2026-11-30", "2026-07-01")}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/year.duckdb") as db:
        db.execute(sql_file("bronze.duckdb.sql"))
        db.execute(EVENTS.format(events=events, records=max(1, events // 50)))
        db.execute(sql_file("silver.duckdb.sql"))
        said = {"events": events, "view": {name: seconds(db, q) for name, q in questions.items()}}
        began = time.perf_counter()
        db.execute("CREATE TABLE kept AS SELECT * FROM silver.versions ORDER BY resource, ended_before NULLS FIRST")
        said["table_made_seconds"] = round(time.perf_counter() - began, 2)
        db.execute("CREATE OR REPLACE VIEW silver.versions AS SELECT * FROM kept")
        said["table"] = {name: seconds(db, q) for name, q in questions.items()}
        said["versions"] = db.execute("SELECT count(*) FROM kept").fetchone()[0]
        db.execute("CHECKPOINT")
        said["database_mb"] = os.path.getsize(f"{folder}/year.duckdb") >> 20
    print(json.dumps(said))


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        sys.exit(__doc__)
    main(int(sys.argv[1]))
