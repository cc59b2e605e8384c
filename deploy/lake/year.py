#!/usr/bin/env python3
"""Makes a lake of a made-up year of 30 accounts, and asks it.

year.py LAKE EVENTS [COMMITS]   make it: a year that was kept small each day, its last day as Kafka Connect leaves it, in so many commits
                                (1440: one a minute), and silver.versions as spark/versions.py keeps it
year.py LAKE                    print a line of JSON: the size of the tables, and for the questions of sql/ how long DuckDB takes from
                                the look at the catalog to the last row, and whether they return what happened
"""
import datetime
import json
import os
import sys
import time

import duckdb

import lake

BEGINS_MS, YEAR_MS, DAY_MS = 1767225600000, 31536000000, 86400000
MOMENT = "2026-07-01 12:00:00"

# A record in fifty events is made, updated eighteen times, deleted, and made again, over the whole year.
LEDGER = """
CREATE MACRO resource_of(r) AS ['droplets', 'firewalls', 'volumes', 'snapshots', 'domain_records'][1 + r % 5];
CREATE MACRO account_of(r) AS 'team-' || (r // 5) % 30;
CREATE MACRO body_of(r, n) AS '{"id":' || r || ',"memory":' || 1024 * (n + 1) || ',"size":{"price_monthly":' || 4 + n % 20
  || '},"tags":["t' || (r // 150) % 99 || '"],"droplet_ids":[' || r - r % 5 || '],"networks":{"v4":[{"type":"public","ip_address":"203.0.113.'
  || r % 250 || '"}]},"inbound_rules":[{"protocol":"tcp","ports":"22","sources":{"addresses":["'
  || CASE (n + r) % 9 WHEN 0 THEN '0.0.0.0/0' ELSE '10.0.0.0/8' END || '"]}}],"text":"' || repeat(md5(r::VARCHAR), 9) || '"}';
CREATE MACRO row_of(r, n) AS {'account_id': account_of(r), 'id': r::VARCHAR, 'name': 'record-' || r, 'body': body_of(r, n)};
CREATE TABLE ledger AS
WITH e AS (SELECT i, (hash(i) % greatest(1, getvariable('events') // 50))::BIGINT AS r,
  epoch_ms(TIMESTAMP '2026-01-01') + i * 31536000000 // getvariable('events') AS ms FROM range(getvariable('events')) t(i)),
s AS (SELECT *, row_number() OVER (PARTITION BY r ORDER BY i) - 1 AS n, row_number() OVER (PARTITION BY account_of(r) ORDER BY i) AS lsn FROM e)
SELECT *, CASE n % 20 WHEN 0 THEN 'c' WHEN 19 THEN 'd' ELSE 'u' END AS op, lag(lsn, 1, 0) OVER (PARTITION BY account_of(r), resource_of(r) ORDER BY i) AS predecessor
FROM s ORDER BY i;
"""
EVENTS = """INSERT INTO bronze.events BY NAME SELECT CASE WHEN op <> 'c' THEN row_of(r, n - 1) END AS before, CASE WHEN op <> 'd' THEN row_of(r, n) END AS after,
  {'db': account_of(r), 'table': resource_of(r), 'lsn': lsn, 'ts_ms': ms, 'prev_ts_ms': ms - 60000, 'sequence': '["' || predecessor || '","' || lsn || '"]'} AS source,
  op, ms AS ts_ms, make_timestamptz(1000 * ms) AS ts FROM ledger WHERE ms >= ? AND ms < ?"""
SORTED = "SELECT * FROM bronze.events ORDER BY source.\"table\", ts_ms // 86400000, source.db, source.lsn"
ENDED = """CREATE TABLE ended AS SELECT *, month(epoch_ms(ended_ms)) AS month FROM (
  SELECT *, lead(ms) OVER (PARTITION BY r ORDER BY i) AS ended_ms FROM ledger) WHERE op <> 'd'"""
VERSIONS = """SELECT account_of(r) AS account_id, resource_of(r) AS resource, r::VARCHAR AS id, '' AS collection, NULL::VARCHAR AS urn,
  NULL::VARCHAR AS parent_id, 'record-' || r AS name, NULL::VARCHAR AS region, NULL::TIMESTAMPTZ AS created_at, op, lsn,
  make_timestamptz(1000 * (ms - 60000)) AS valid_after, make_timestamptz(1000 * ms) AS valid_before,
  make_timestamptz(1000 * (ended_ms - 60000)) AS ended_after, make_timestamptz(1000 * ended_ms) AS ended_before, body_of(r, n) AS body,
  NULL::VARCHAR AS body_sha256
FROM ended WHERE month IS NOT NULL"""
# A status of each collection a day.
MARKS = """INSERT INTO bronze.marks BY NAME SELECT account_id, resource, '' AS parent_id, 'whole' AS status, ms AS began_ms, ms AS ended_ms, ms AS whole_ms,
  last_lsn, make_timestamptz(1000 * ms) AS kafka_timestamp
FROM (SELECT account_of(r) AS account_id, day, max(lsn) AS last_lsn FROM ledger, (SELECT unnest(range(1, 366)) AS day)
  WHERE ms < epoch_ms(TIMESTAMP '2026-01-01') + 86400000 * day GROUP BY ALL),
  (SELECT unnest(['droplets', 'firewalls', 'volumes', 'snapshots', 'domain_records']) AS resource),
  LATERAL (SELECT epoch_ms(TIMESTAMP '2026-01-01') + 86400000 * day AS ms)"""


def append(db, table, query):
    """Commits the rows of a query."""
    table.append(db.sql(query).to_arrow_table().cast(table.schema().as_arrow()))


def make(folder, events, commits):
    lake.create(folder)
    catalog = lake.catalog(folder)
    for name in ("bronze.events", "bronze.marks"):  # a day of commits has gone when they are made; manifests are merged as Kafka Connect's commits do it
        with catalog.load_table(name).transaction() as t:
            t.set_properties({"history.expire.max-snapshot-age-ms": "1000", "commit.manifest-merge.enabled": "true"})
    bronze = catalog.load_table("bronze.events")
    with duckdb.connect(f"{folder}/ledger.duckdb") as db:
        db.execute("SET memory_limit = '4GB'; SET TimeZone = 'UTC'")
        db.execute(f"SET VARIABLE events = {events}")
        db.execute(LEDGER)
        db.execute(lake.sql_file("bronze.duckdb.sql"))

        def land(first, last):
            db.execute(EVENTS, [first, last])
            append(db, bronze, SORTED)
            db.execute("TRUNCATE bronze.events")

        last_day = BEGINS_MS + YEAR_MS - DAY_MS
        for week in range(BEGINS_MS, last_day, 7 * DAY_MS):
            land(week, min(week + 7 * DAY_MS, last_day))
        for n in range(commits):
            land(last_day + n * DAY_MS // commits, last_day + (n + 1) * DAY_MS // commits)
        db.execute(MARKS)
        append(db, catalog.load_table("bronze.marks"), "FROM bronze.marks")
        keep(db, catalog)


def keep(db, catalog):
    """Makes the table of sql/versions.spark.sql, and writes it a month after another, that of what lasts at the end."""
    from pyiceberg.transforms import IdentityTransform, MonthTransform

    db.execute(ENDED)
    catalog.create_namespace("silver")
    schema = db.sql(VERSIONS + " LIMIT 0").to_arrow_table().schema
    with catalog.create_table_transaction("silver.versions", schema=schema, properties=lake.PROPERTIES) as t:
        with t.update_spec() as spec:
            spec.add_field("resource", IdentityTransform())
            spec.add_field("ended_before", MonthTransform())
    table = catalog.load_table("silver.versions")
    for month in range(1, 14):
        append(db, table, VERSIONS.replace("month IS NOT NULL", f"coalesce(month, 13) = {month}") + " ORDER BY resource, account_id, id, lsn")


def size(folder, name):
    """How many snapshots and files a table has, in and below its metadata, and how large they are."""
    table = lake.catalog(folder).load_table(name)
    data = [task.file.file_size_in_bytes for task in table.scan().plan_files()]
    there = [os.path.getsize(f"{at}/{f}") for at, _, files in os.walk(table.location().removeprefix("file://") + "/metadata") for f in files]
    newest = os.path.getsize(table.metadata_location.removeprefix("file://"))
    return {"snapshots": len(table.snapshots()), "files": len(data), "mb": round(sum(data) / 1e6, 1), "metadata_files": len(there),
            "metadata_mb": round(sum(there) / 1e6, 2), "newest_metadata_kb": newest // 1000}


# What was there at a time: how many records, and a sum of them; without those that change in the minute after it, of which "as of" is not certain.
HAPPENED = """SELECT count(*), bit_xor(hash(resource_of(r), account_of(r), r::VARCHAR, body_of(r, n)))
FROM (SELECT r, max(n) AS n, max_by(op, i) AS op FROM ledger WHERE ms <= $1 GROUP BY r)
WHERE op <> 'd' AND r NOT IN (SELECT r FROM ledger WHERE ms > $1 AND ms < $1 + 60000)"""
SAID = {"now": "SELECT count(*), bit_xor(hash(resource, account_id, id, body)) FROM ({})",
        "as-of": "SELECT count(*), bit_xor(hash(resource, account_id, id, body)) FROM ({}) WHERE certainty = 'certain'"}
QUESTIONS = ("now", "as-of", "range", "open-firewalls", "droplets-per-day", "droplets-with", "complete")
# The ledger's day and moment, instead of those that stand in the files.
AT = {"2026-11-30 12:00:00": MOMENT, "2026-11-23": "2026-06-30", "2026-11-30": "2026-07-01", "2026-11-01": "2026-06-02"}


def ask(folder):
    said = {name: size(folder, name) for name in ("bronze.events", "bronze.marks", "silver.versions")}
    moment = 1000 * int(datetime.datetime.fromisoformat(MOMENT + "+00:00").timestamp())
    with duckdb.connect(f"{folder}/ledger.duckdb", read_only=True) as db:
        happened = {"now": db.execute(HAPPENED, [BEGINS_MS + YEAR_MS]).fetchall(), "as-of": db.execute(HAPPENED, [moment]).fetchall()}
    for name in QUESTIONS:
        query = lake.sql_file(f"{name}.sql")
        for was, now in AT.items():
            query = query.replace(was, now)
        said[name] = seconds(folder, query)
        if name in SAID:
            moment, _, query = query.rpartition(";\n")
            said[name]["as_it_happened"] = lake.connect(folder).execute(f"{moment}; {SAID[name].format(query)}").fetchall() == happened[name]
    print(json.dumps(said))


def seconds(folder, query):
    """The quickest of three, and how many rows there are."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        answer, n = lake.connect(folder).execute(query), 0
        while rows := answer.fetchmany(1000):
            n += len(rows)
        took.append(time.perf_counter() - began)
    return {"seconds": round(min(took), 2), "rows": n}


if __name__ == "__main__":
    if len(sys.argv) == 2:
        ask(sys.argv[1])
    elif len(sys.argv) in (3, 4) and all(a.isdecimal() for a in sys.argv[2:]):
        make(sys.argv[1], int(sys.argv[2]), int((sys.argv[3:] or ["1440"])[0]))
    else:
        sys.exit(__doc__)
