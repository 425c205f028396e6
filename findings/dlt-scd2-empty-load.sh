#!/bin/sh
# With dlt's scd2 strategy a load retires the rows that it lacks, but a load without any row retires
# none: the last row that the source deletes stays valid for ever. One would expect that all rows are
# retired, since `replace` empties its table in the same case.
#
# Versions: dlt 1.31.0, duckdb 2.0.1, 28 November 2026
# Source: dlt/load/load.py (Load.create_followup_jobs merges only tables with new files)
# Guess: the empty load retires all rows.
set -eu
. "$(dirname "$0")/setup"
install "dlt[duckdb]==1.31.0" duckdb==2.0.1

cat >load.py <<'PYTHON'
import dlt
import duckdb


def load(name, disposition, *nights):
    pipeline = dlt.pipeline(name, destination=dlt.destinations.duckdb(f"{name}.duckdb"), dataset_name="calls", pipelines_dir=".")
    for night in nights:
        rows = [{"id": number} for number in night]
        pipeline.run(dlt.resource(rows, name="flows", write_disposition=disposition))
    valid = "WHERE _dlt_valid_to IS NULL" if name == "scd2" else ""
    return duckdb.connect(f"{name}.duckdb").execute(f"SELECT id FROM calls.flows {valid} ORDER BY id").fetchall()


SCD2 = {"disposition": "merge", "strategy": "scd2"}
for nights in ([1, 2], [1]), ([1, 2], [1], []):
    print(*nights, "scd2", load("scd2", SCD2, *nights), "replace", load("replace", "replace", *nights))
PYTHON
RUNTIME__DLTHUB_TELEMETRY=false RUNTIME__LOG_LEVEL=CRITICAL python -W ignore load.py >seen

expect <<'SEEN'
[1, 2] [1] scd2 [(1,)] replace [(1,)]
[1, 2] [1] [] scd2 [(1,)] replace []
SEEN
