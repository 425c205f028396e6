#!/bin/sh
# With `hard_deletes='new_record'` and the strategy `timestamp`, a row that comes back unchanged closes
# its deletion record at the row's `updated_at`, before the deletion began, and overlaps the first
# version. One would expect that the deletion ends, and the new version begins, when the row came back.
#
# Versions: dbt-core 1.11.16, dbt-adapters 1.24.5, dbt-duckdb 1.11.1, duckdb 1.5.6, 28 November 2026
#   (dbt-core 1.12.6 does the same)
# Source: dbt-adapters, macros/materializations/snapshots/helpers.sql (updates_source_data)
# Guess: the deletion record ends when the row comes back.
set -eu
. "$(dirname "$0")/setup"
install dbt-core==1.11.16 dbt-adapters==1.24.5 dbt-duckdb==1.11.1 duckdb==1.5.6

mkdir snapshots
cat >dbt_project.yml <<'YAML'
name: calls
version: 1.0.0
profile: calls
flags: {send_anonymous_usage_stats: false}
YAML
cat >profiles.yml <<'YAML'
calls: {target: file, outputs: {file: {type: duckdb, path: calls.duckdb}}}
YAML
cat >snapshots/history.sql <<'SQL'
{% snapshot history %}
{{ config(unique_key='id', strategy='timestamp', updated_at='changed', hard_deletes='new_record') }}
SELECT * FROM flows
{% endsnapshot %}
SQL
cat >night.py <<'PYTHON'
import sys

import duckdb

duckdb.connect("calls.duckdb").execute(sys.argv[1])
PYTHON
for change in \
    "CREATE TABLE flows AS SELECT 1 AS id, TIMESTAMP '2020-01-01' AS changed" \
    "DELETE FROM flows" \
    "INSERT INTO flows VALUES (1, TIMESTAMP '2020-01-01')"; do
    python night.py "$change"
    dbt --quiet snapshot --profiles-dir . >log 2>&1 || { cat log && exit 1; }
done
python - >seen <<'PYTHON'
import duckdb

history = duckdb.connect("calls.duckdb").execute("""
    SELECT dbt_is_deleted AS deleted, year(dbt_valid_from) >= 2026 AS from_now, year(dbt_valid_to) >= 2026 AS to_now
    FROM history ORDER BY dbt_valid_from, dbt_valid_to
""")
for deleted, from_now, to_now in history.fetchall():
    start, end = ("today" if now else "2020" for now in (from_now, to_now))
    print("deletion" if deleted == "True" else "version ", "from", start, "to", "now" if to_now is None else end)
PYTHON

expect <<'SEEN'
version  from 2020 to today
version  from 2020 to now
deletion from today to 2020
SEEN
