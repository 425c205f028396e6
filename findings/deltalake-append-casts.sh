#!/bin/sh
# `write_deltalake` in mode append casts to the table's types, however much that changes: 1.7 is stored
# as 1 in a long column, "007" as 7, and 5 as true in a boolean one. One would expect an error, as for
# a column that the table does not have; only a value that cannot be cast at all raises one.
#
# Versions: deltalake 1.6.6, pyarrow 26.0.1, 28 November 2026
# Source: delta-rs, crates/core/src/operations/write (the input is cast to the table's schema)
# Guess: an error for each, since the types differ.
set -eu
. "$(dirname "$0")/setup"
install deltalake==1.6.6 pyarrow==26.0.1

python - >seen <<'PYTHON'
import pyarrow
from deltalake import DeltaTable, write_deltalake

for number, (first, second) in enumerate([(1, 1.7), (1, "007"), (True, 5), ("a", 5), (1, "a")]):
    path = f"table-{number}"
    write_deltalake(path, pyarrow.table({"run": [1], "value": [first]}))
    try:
        write_deltalake(path, pyarrow.table({"run": [2], "value": [second]}), mode="append")
        stored = DeltaTable(path).to_pyarrow_table().sort_by("run")["value"].to_pylist()
    except Exception as error:
        stored = type(error).__name__
    print(repr(first), "and", repr(second), "->", stored)
PYTHON

expect <<'SEEN'
1 and 1.7 -> [1, 1]
1 and '007' -> [1, 7]
True and 5 -> [True, True]
'a' and 5 -> ['a', '5']
1 and 'a' -> Exception
SEEN
