#!/bin/sh
# DuckDB writes a column without a value to Parquet as 32-bit integers annotated as "always null", and
# polars and chdb read it as integers: with the texts of the next night polars stops, and chdb
# reads 0900500 as 900500, without an error. One would expect the type null, as pyarrow reads it, and
# the texts.
#
# Versions: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1, chdb 4.4.0, 28 November 2026
# Source: polars-parquet, arrow/read/schema/convert.rs; ClickHouse, src/Processors/Formats/Impl/Parquet
# Guess: the type null in polars; chdb we had met before.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1 chdb==4.4.0

python - >seen <<'PYTHON'
import chdb
import duckdb
import polars
import pyarrow.parquet

duckdb.sql("SELECT 1 AS night, NULL AS code").write_parquet("night-1.parquet")
duckdb.sql("SELECT 2 AS night, '0900500' AS code").write_parquet("night-2.parquet")
print("pyarrow", pyarrow.parquet.read_schema("night-1.parquet").field("code").type)
print("polars", polars.read_parquet("night-1.parquet").schema["code"])
try:
    print("polars, both nights", polars.read_parquet("night-*.parquet"))
except polars.exceptions.SchemaError:
    print("polars, both nights", "SchemaError")
rows = chdb.query("SELECT toTypeName(code), code FROM file('night-{1,2}.parquet') ORDER BY night", "CSV")
print("chdb, both nights", *str(rows).split())
PYTHON

expect <<'SEEN'
pyarrow null
polars Int32
polars, both nights SchemaError
chdb, both nights "Nullable(Int32)",\N "Nullable(Int32)",900500
SEEN
