#!/bin/sh
# With flattening, a record whose object is null keeps the object's own name as a null property, which
# the flattened SCHEMA does not have, and lacks the columns that it does have. One would expect those
# columns, each null.
#
# Versions: singer-sdk 0.54.9, 28 November 2026
# Source: singer_sdk/helpers/_flattening.py (_flatten_record)
# Guess: the flattened columns, each null.
set -eu
. "$(dirname "$0")/setup"
install singer-sdk==0.54.9

cat >tap.py <<'PYTHON'
from singer_sdk import Stream, Tap


class Calls(Stream):
    name = "calls"
    primary_keys = ("id",)
    schema = {
        "properties": {
            "id": {"type": "integer"},
            "agent": {"type": ["object", "null"], "properties": {"name": {"type": ["string", "null"]}}},
        }
    }

    def get_records(self, context):
        yield {"id": 1, "agent": {"name": "Ada"}}
        yield {"id": 2, "agent": None}


class TapCalls(Tap):
    name = "tap-calls"
    config_jsonschema = {"properties": {}}

    def discover_streams(self):
        return [Calls(self)]


TapCalls.cli()
PYTHON
echo '{"flattening_enabled": true, "flattening_max_depth": 1}' >config.json
python tap.py --config=config.json >messages 2>log
python - >seen <<'PYTHON'
import json

for line in open("messages"):
    message = json.loads(line)
    print(message["type"], message.get("record") or list(message.get("schema", {}).get("properties", [])))
PYTHON

expect <<'SEEN'
SCHEMA ['id', 'agent__name']
RECORD {'id': 1, 'agent__name': 'Ada'}
RECORD {'id': 2, 'agent': None}
STATE []
SEEN
