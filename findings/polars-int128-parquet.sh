#!/bin/sh
# One id of 2^63 or more in JSON Lines makes polars read the column as Int128, and `write_parquet`
# stores that as 16 bytes without an annotation: DuckDB reads a BLOB, and pyarrow refuses the file.
# One would expect UInt64, which both know and which holds the id, or an error from `write_parquet`.
#
# Versions: polars 2.1.0, duckdb 2.0.1, pyarrow 26.0.1, 28 November 2026
# Source: polars-parquet, arrow/write/schema.rs (Int128 as a fixed-length byte array)
# Guess: polars infers Float64, and DuckDB refuses a file with Int128.
set -eu
. "$(dirname "$0")/setup"
install polars==2.1.0 duckdb==2.0.1 pyarrow==26.0.1

python - >seen <<'PYTHON'
import duckdb
import polars
import pyarrow
import pyarrow.parquet

with open("calls.jsonl", "w") as file:
    file.write('{"id": 1}\n{"id": 9223372036854775808}\n')
calls = polars.read_ndjson("calls.jsonl")
calls.write_parquet("calls.parquet")
print("polars", calls.schema["id"], polars.read_parquet("calls.parquet")["id"].to_list())
print("duckdb", *duckdb.sql("SELECT typeof(id), hex(id) FROM 'calls.parquet' LIMIT 1").fetchall())
try:
    print("pyarrow", pyarrow.parquet.read_table("calls.parquet"))
except pyarrow.ArrowNotImplementedError as error:
    print("pyarrow", error)
PYTHON

expect <<'SEEN'
polars Int128 [1, 9223372036854775808]
duckdb ('BLOB', '01000000000000000000000000000000')
pyarrow Integers with more than 64 bits not implemented
SEEN
