#!/bin/sh
# `read_json` over many files gives a column that is null in the first 32 files the type NULL, and
# reads the texts of all later files as null, without an error. One would expect the texts, as DuckDB
# 1.5.6 reads them (as JSON), or an error.
#
# Versions: duckdb 2.0.1, 28 November 2026
# Source: DuckDB's JSON extension, json_transform.cpp (the transformation to SQLNULL)
# Guess: the type stays JSON, so every value can be read. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1

python - >seen <<'PYTHON'
import json

import duckdb

for night in range(40):
    with open(f"night-{night:02}.jsonl", "w") as file:
        print(json.dumps({"night": night, "code": None if night < 32 else f"0{night}"}), file=file)
for options in ("", ", sample_size=-1", ", union_by_name=true", ", columns={night: 'INT', code: 'VARCHAR'}"):
    rows = duckdb.sql(f"SELECT typeof(code), code FROM read_json('night-*.jsonl'{options}) WHERE night = 39")
    print(options, *rows.fetchall())
PYTHON

expect <<'SEEN'
 ('"NULL"', None)
, sample_size=-1 ('"NULL"', None)
, union_by_name=true ('VARCHAR', '039')
, columns={night: 'INT', code: 'VARCHAR'} ('VARCHAR', '039')
SEEN
