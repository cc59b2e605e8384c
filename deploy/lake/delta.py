#!/usr/bin/env python3
"""delta.py TABLE: lands events, one a line on standard input as `seachange tail --output json` prints them, in a Delta table.

It is partitioned by resource and day, and appended to every minute, or after 10,000 events; one that has landed does not land twice,
so that tail may be started again with a time before the end of the table. A line that is no event ends it, named; what came before
has landed.
"""
import json
import os
import queue
import sys
import threading
import time

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from lake import schemas

EVERY, MANY = 60, 10_000
MEMBERS = ("before", "after", "source", "op", "ts_ms", "changes")
SCHEMA = pa.schema([*(schemas()["bronze.events"].field(m) for m in MEMBERS), ("ts", pa.timestamp("us", tz="UTC")), ("resource", pa.string()), ("day", pa.date32())])


def event(number, line):
    """A row of the table."""
    try:
        e = json.loads(line)
        resource, ms = e["source"]["table"], e["ts_ms"]
        if e["op"] not in ("c", "u", "d", "r") or not e["source"]["db"] or not isinstance(e["source"]["lsn"], int):
            raise ValueError("no db, lsn or op")
    except (ValueError, KeyError, TypeError) as err:
        sys.exit(f"delta.py: line {number} is no event ({type(err).__name__}: {err}): {line[:60]!r}")
    return {**{m: e.get(m) for m in MEMBERS}, "ts": ms * 1000, "resource": resource, "day": ms // 86_400_000}


def land(table, rows):
    """Appends what is not there: no more of the table is read than the days of the rows."""
    unique = {(r["resource"], r["source"]["db"], r["source"]["lsn"]): r for r in rows}
    batch = pa.Table.from_pylist(list(unique.values()), schema=SCHEMA)
    if not DeltaTable.is_deltatable(table):
        write_deltalake(table, batch, partition_by=["resource", "day"], configuration={"delta.logRetentionDuration": "interval 7 days"})
        return
    missing = [c for c in SCHEMA.names if c not in [f.name for f in DeltaTable(table).schema().fields]]
    if missing:
        sys.exit(f"delta.py: {table} has no {', '.join(missing)}: it is no table of this program, or of an older layout. Nothing has landed")
    days = ", ".join(f"'{d}'" for d in sorted({str(d) for d in batch["day"].to_pylist()}))
    same = "t.resource = s.resource AND t.source.db = s.source.db AND t.source.lsn = s.source.lsn"
    merge = DeltaTable(table).merge(batch, f"t.day IN ({days}) AND {same}", source_alias="s", target_alias="t")
    merge.when_not_matched_insert_all().execute()


def batches():
    """Numbered lines of standard input: what has come within a minute of the first."""
    came = queue.Queue(MANY)

    def read():
        for item in enumerate(sys.stdin, 1):
            came.put(item)
        came.put(None)

    threading.Thread(target=read, daemon=True).start()
    batch = [came.get()]
    while batch != [None]:
        until = time.monotonic() + EVERY
        while batch[-1] is not None and len(batch) < MANY:
            try:
                batch.append(came.get(timeout=max(0, until - time.monotonic())))
            except queue.Empty:
                break
        yield [item for item in batch if item is not None]
        batch = [None] if batch[-1] is None else [came.get()]


def main(table):
    for batch in batches():
        rows = []
        try:
            for number, line in batch:
                if line.strip():
                    rows.append(event(number, line))
        finally:
            if rows:
                land(table, rows)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]))
