#!/bin/sh
# One integer of 2^63 or more makes pyarrow's JSON reader infer `double` for the column, so neighbouring
# 19-digit ids become equal, without an error. One would expect uint64, which Arrow has, or the error
# that the reader raises when the schema says int64.
#
# Versions: pyarrow 26.0.1, 28 November 2026
# Source: Arrow, cpp/src/arrow/json/converter.cc (GetPromotionGraph: from int64 straight to double)
# Guess: an error, since the number fits no int64.
set -eu
. "$(dirname "$0")/setup"
install pyarrow==26.0.1

python - >seen <<'PYTHON'
import pyarrow
import pyarrow.json

with open("calls.jsonl", "w") as file:
    file.writelines(f'{{"id": {number}}}\n' for number in (2**63 - 2, 2**63 - 1, 2**63))
for declared in (None, pyarrow.uint64(), pyarrow.int64()):
    schema = declared and pyarrow.schema({"id": declared})
    try:
        ids = pyarrow.json.read_json("calls.jsonl", parse_options=pyarrow.json.ParseOptions(schema))["id"]
        print(declared, "->", ids.type, "distinct:", len(ids.unique()))
    except pyarrow.ArrowInvalid as error:
        print(declared, "->", type(error).__name__)
PYTHON

expect <<'SEEN'
None -> double distinct: 1
uint64 -> uint64 distinct: 3
int64 -> ArrowInvalid
SEEN
