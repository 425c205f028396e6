#!/bin/sh
# Reading JSON with declared column types, chdb wraps integers that do not fit: 2^63 in an Int64 column
# is -9223372036854775808, and 300 in an Int8 column is 44. One would expect an error, as for the number
# 1.7 in the same column; without declared types the values are right.
#
# Versions: chdb 4.4.0, 28 November 2026
# Source: ClickHouse, src/IO/ReadHelpers.h (readIntTextImpl, without a check for overflow)
# Guess: an error.
set -eu
. "$(dirname "$0")/setup"
install chdb==4.4.0

python - >seen <<'PYTHON'
import chdb


def read(value, structure=""):
    with open("calls.jsonl", "w") as file:
        print(f'{{"id": {value}}}', file=file)
    source = f"file('calls.jsonl', JSONEachRow{structure and f', {structure!r}'})"
    try:
        return str(chdb.query(f"SELECT toTypeName(id), id FROM {source}", "CSV")).strip()
    except RuntimeError:
        return "error"


print(read(2**63), "|", read(2**63, "id Int64"))
print(read(300), "|", read(300, "id Int8"))
print(read(1.7), "|", read(1.7, "id Int64"))
PYTHON

expect <<'SEEN'
"Nullable(UInt64)",9223372036854775808 | "Int64",-9223372036854775808
"Nullable(Int64)",300 | "Int8",44
"Nullable(Float64)",1.7 | error
SEEN
