#!/bin/sh
# A column that is true or false in what `read_json` samples (20,480 rows) turns every later number
# into true, and zero into false; a later text ends the query. One would expect the same error for
# numbers, or the type JSON, which a mixed sample gets.
#
# Versions: duckdb 2.0.1, 28 November 2026 (1.5.6 does the same)
# Source: DuckDB's JSON extension, json_transform.cpp (TransformNumerical<bool>)
# Guess: an error.
set -eu
. "$(dirname "$0")/setup"
install duckdb==2.0.1

python - >seen <<'PYTHON'
import duckdb


def read(*later):
    with open("flows.jsonl", "w") as file:
        file.write('{"level": true}\n' * 20480)
        file.writelines(f'{{"level": {value}}}\n' for value in later)
    try:
        return duckdb.sql("SELECT level FROM read_json('flows.jsonl') OFFSET 20480").fetchall()
    except duckdb.Error as error:
        return type(error).__name__


print("numbers", read(5, 0, -0.5))
print("text", read('"5"'))
PYTHON

expect <<'SEEN'
numbers [(True,), (False,), (True,)]
text InvalidInputException
SEEN
