#!/bin/sh
# A text with an offset from UTC becomes a `TIMESTAMP` by dropping the offset, also in `read_json` with
# typed columns; without types, `read_json` keeps the instant, so typing a column moves its times by
# hours. One would expect conversion to UTC, as DuckDB's own detection does, or an error.
#
# Versions: duckdb 2.0.1, 28 November 2026 (1.5.6 too, where the detected type is TIMESTAMP)
# Source: DuckDB, timestamp.cpp (Timestamp::FromCString and TryConvertTimestamp)
# Guess: converted to UTC.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1

python - >seen <<'PYTHON'
import duckdb

with open("calls.jsonl", "w") as file:
    print('{"started": "2026-01-01T00:00:00+08:00"}', file=file)
for source in (
    "(SELECT '2026-01-01T00:00:00+08:00'::TIMESTAMP AS started)",
    "read_json('calls.jsonl', columns={started: 'TIMESTAMP'})",
    "read_json('calls.jsonl', columns={started: 'TIMESTAMPTZ'})",
    "read_json('calls.jsonl')",
):
    database = duckdb.connect(config={"autoload_known_extensions": False})  # The session's zone stays UTC.
    row = database.execute(f"SELECT typeof(started), started::VARCHAR FROM {source}").fetchone()
    print(source, *row, sep=" | ")
PYTHON

expect <<'SEEN'
(SELECT '2026-01-01T00:00:00+08:00'::TIMESTAMP AS started) | TIMESTAMP | 2026-01-01 00:00:00
read_json('calls.jsonl', columns={started: 'TIMESTAMP'}) | TIMESTAMP | 2026-01-01 00:00:00
read_json('calls.jsonl', columns={started: 'TIMESTAMPTZ'}) | TIMESTAMP WITH TIME ZONE | 2025-12-31 16:00:00+00
read_json('calls.jsonl') | TIMESTAMP WITH TIME ZONE | 2025-12-31 16:00:00+00
SEEN
