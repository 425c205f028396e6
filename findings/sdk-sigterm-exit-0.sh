#!/bin/sh
# A tap of the Meltano SDK that gets SIGTERM in the middle of a stream exits with 0, so a scheduler
# that stops a slow run treats it as complete. One would expect 143, which a Python program without a
# handler gives, or any other exit code except 0.
#
# Versions: singer-sdk 0.54.9, 28 November 2026
# Source: singer_sdk/plugin_base.py (PluginBase._handle_termination)
# Guess: 143. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install singer-sdk==0.54.9

cat >tap.py <<'PYTHON'
import os
import signal

from singer_sdk import Stream, Tap


class Numbers(Stream):
    name = "numbers"
    schema = {"properties": {"id": {"type": "integer"}}}

    def get_records(self, context):
        yield {"id": 1}
        os.kill(os.getpid(), signal.SIGTERM)
        yield {"id": 2}


class TapNumbers(Tap):
    name = "tap-numbers"
    config_jsonschema = {"properties": {}}

    def discover_streams(self):
        return [Numbers(self)]


TapNumbers.cli()
PYTHON
python - >seen <<'PYTHON'
import subprocess
import sys

tap = subprocess.run([sys.executable, "tap.py"], capture_output=True, text=True)
print("exit", tap.returncode, "with", tap.stdout.count('"RECORD"'), "of 2 records")
PYTHON

expect <<'SEEN'
exit 0 with 1 of 2 records
SEEN
