#!/bin/sh
# DuckDB reads a Parquet decimal of more than 38 digits (Arrow's decimal256, BigQuery's BIGNUMERIC)
# as DOUBLE and rounds it, without an error or a warning. One would expect an error: DuckDB refuses
# such a decimal in SQL, and polars refuses the file.
#
# Versions: duckdb 2.0.1, polars 2.1.0, pyarrow 26.0.1, 28 November 2026
# Source: DuckDB's Parquet extension, parquet_reader.cpp (the derivation of logical types)
# Guess: an error.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1 polars==2.1.0 pyarrow==26.0.1

python - >seen <<'PYTHON'
from decimal import Decimal

import duckdb
import polars
import pyarrow
import pyarrow.parquet

costs = pyarrow.array([Decimal("12345678901234567890.12")], pyarrow.decimal256(76, 2))
pyarrow.parquet.write_table(pyarrow.table({"cost": costs}), "costs.parquet")
print("pyarrow", *pyarrow.parquet.read_table("costs.parquet")["cost"].to_pylist())
print("duckdb", *duckdb.sql("SELECT typeof(cost), cost FROM 'costs.parquet'").fetchall())
for name, run in (
    ("duckdb, cast", lambda: duckdb.sql("SELECT 1::DECIMAL(76, 2)").fetchall()),
    ("polars", lambda: polars.read_parquet("costs.parquet")),
):
    try:
        print(name, run())
    except Exception as error:
        print(name, type(error).__name__)
PYTHON

expect <<'SEEN'
pyarrow 12345678901234567890.12
duckdb ('DOUBLE', 1.2345678901234567e+19)
duckdb, cast BinderException
polars InvalidOperationError
SEEN
