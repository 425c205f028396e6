#!/bin/sh
# `scan_ndjson` over several files takes the columns of the first file and drops those that only a
# later file has, without an error. One would expect the error that `scan_csv` and `scan_parquet` raise
# for such a file.
#
# Versions: polars 2.1.0, 28 November 2026
# Source: polars-stream, nodes/io_sources/ndjson (the schema is inferred from the first file)
# Guess: an error.
set -eu
. "$(dirname "$0")/setup"
install polars==2.1.0

python - >seen <<'PYTHON'
import polars

nights = polars.DataFrame({"id": [1]}), polars.DataFrame({"id": [2], "reason": ["busy"]})
for form in ("ndjson", "csv", "parquet"):
    for number, night in enumerate(nights):
        getattr(night, f"write_{form}")(f"{number}.{form}")
    try:
        print(form, getattr(polars, f"scan_{form}")(f"*.{form}").collect().to_dicts())
    except polars.exceptions.PolarsError as error:
        print(form, type(error).__name__)
PYTHON

expect <<'SEEN'
ndjson [{'id': 1}, {'id': 2}]
csv ComputeError
parquet SchemaError
SEEN
