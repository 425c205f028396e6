#!/bin/sh
# A Python integer in a union that names `double` before `long` is written as the double, and loses its
# last digits without an error. One would expect `long`, the branch that holds the value exactly; the
# writer takes such care with `float` and `double` only.
#
# Versions: fastavro 1.13.1, 28 November 2026
# Source: fastavro/_write_py.py and _write.pyx (write_union takes the first branch that validates)
# Guess: the branch long, with the exact value.
set -eu
. "$(dirname "$0")/setup"
install fastavro==1.13.1

python - >seen <<'PYTHON'
import io

import fastavro

for union in (["null", "double", "long"], ["null", "long", "double"], ["null", "int", "double"]):
    schema = {"type": "record", "name": "call", "fields": [{"name": "id", "type": union}]}
    file = io.BytesIO()
    fastavro.writer(file, schema, [{"id": 2**53 + 1}])
    file.seek(0)
    print(*union, "->", *fastavro.reader(file))
PYTHON

expect <<'SEEN'
null double long -> {'id': 9007199254740992.0}
null long double -> {'id': 9007199254740993}
null int double -> {'id': 9007199254740992.0}
SEEN
