#!/bin/sh
# `upsert_all` sets every column of the batch in every row: a column that one record does not name, but
# another record of the batch does, is overwritten with NULL. One would expect that a record updates the
# columns it names, as `upsert` does with the same record by itself.
#
# Versions: sqlite-utils 4.2.1, 28 November 2026
# Source: sqlite_utils/db.py (Table.build_insert_queries_and_params: `all_columns` of the chunk)
# Guess: the column that a record does not name keeps its value.
set -eu
. "$(dirname "$0")/setup"
install sqlite-utils==4.2.1

python - >seen <<'PYTHON'
import sqlite_utils


def upsert(*batches):
    flows = sqlite_utils.Database(memory=True)["flows"]
    flows.insert_all([{"id": 1, "name": "menu", "owner": "support"}, {"id": 2, "name": "queue"}], pk="id")
    for batch in batches:
        flows.upsert_all(batch, pk="id")
    return list(flows.rows)


changes = [{"id": 1, "name": "main menu"}, {"id": 2, "owner": "sales"}]
print("one by one  ", *upsert(changes[:1], changes[1:]))
print("in one batch", *upsert(changes))
PYTHON

expect <<'SEEN'
one by one   {'id': 1, 'name': 'main menu', 'owner': 'support'} {'id': 2, 'name': 'queue', 'owner': 'sales'}
in one batch {'id': 1, 'name': 'main menu', 'owner': None} {'id': 2, 'name': None, 'owner': 'sales'}
SEEN
