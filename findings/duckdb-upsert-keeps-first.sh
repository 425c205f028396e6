#!/bin/sh
# `INSERT ... ON CONFLICT DO UPDATE` and `MERGE` with two source rows of one key keep the first row
# and drop the second, without an error. One would expect the error of PostgreSQL, or the last row, as
# in SQLite: rows that arrive later are usually newer.
#
# Versions: duckdb 2.0.1, 28 November 2026 (1.5.6 does the same)
# Source: DuckDB, physical_insert.cpp (conflicts within one chunk) and physical_merge_into.cpp
# Guess: an error in all three statements.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1

python - >seen <<'PYTHON'
import sqlite3

import duckdb

UPSERT = "INSERT INTO calls VALUES (1, 'older'), (1, 'newer') ON CONFLICT (id) DO UPDATE SET state = excluded.state"
REPLACE = "INSERT OR REPLACE INTO calls VALUES (1, 'older'), (1, 'newer')"
MERGE = """MERGE INTO calls USING (VALUES (1, 'older'), (1, 'newer')) AS source (id, state) USING (id)
WHEN MATCHED THEN UPDATE SET state = source.state"""


def run(connect, statement):
    database = connect(":memory:")
    database.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, state TEXT)")
    database.execute("INSERT INTO calls VALUES (1, 'stored')")
    database.execute(statement)
    return database.execute("SELECT * FROM calls").fetchall()


print("duckdb upsert", run(duckdb.connect, UPSERT))
print("duckdb replace", run(duckdb.connect, REPLACE))
print("duckdb merge", run(duckdb.connect, MERGE))
print("sqlite upsert", run(sqlite3.connect, UPSERT))
PYTHON

expect <<'SEEN'
duckdb upsert [(1, 'older')]
duckdb replace [(1, 'older')]
duckdb merge [(1, 'older')]
sqlite upsert [(1, 'newer')]
SEEN
