#!/bin/sh
# A column of DuckDB's type JSON, which `read_json` chooses where types are mixed, is Binary when
# polars reads it from Parquet, so a comparison with a text fails or finds nothing. One would expect
# String, as polars gets when it takes the same table from DuckDB without a file.
#
# Versions: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1, 28 November 2026
# Source: polars-parquet, arrow/read/schema/convert.rs (the logical type JSON)
# Guess: String.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1

python - >seen <<'PYTHON'
import duckdb
import polars
import pyarrow.parquet

with open("settings.jsonl", "w") as file:
    file.write('{"level": 5}\n{"level": "high"}\n')
table = duckdb.sql("SELECT * FROM read_json('settings.jsonl')")
print("duckdb", *table.types)
print("polars, without a file", table.pl().schema["level"])
table.write_parquet("settings.parquet")
print("polars, from Parquet", polars.read_parquet("settings.parquet").schema["level"])
print("pyarrow", pyarrow.parquet.read_schema("settings.parquet").field("level").type)
PYTHON

expect <<'SEEN'
duckdb JSON
polars, without a file String
polars, from Parquet Binary
pyarrow extension<arrow.json>
SEEN
