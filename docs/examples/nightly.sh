#!/bin/sh
# Loads, then builds the answers with dbt: also after a load that failed, of the tenants that could be read.
#
#   nightly.sh PROJECT MELTANO [TARGET]
#
# TARGET is duckdb, unless it is postgres. The line for `crontab -e` has absolute paths, since cron has no PATH
# of yours:
#   15 1 * * * /srv/ivr-flows/docs/examples/nightly.sh /srv/ivr-flows /srv/ivr-flows/.venv/bin/meltano
# The settings stand in the project's .env. The commands write to output/nightly.log, and a failure also gives a
# line on stderr, which cron mails. The exit code is that of the first command that failed, or 75 when the run
# before still goes on.
# Last run on 2026-11-28 with meltano 4.4.1, target-duckdb-exact 0.1.0 and dbt-duckdb 1.11.1.
set -eu
export PATH="${PATH:-/usr/bin:/bin}" # Meltano starts no plugin without one
project=$1
meltano=$2
target=${3:-duckdb}
log=$project/output/nightly.log

cd "$project"
exec 3>&2 >>"$log" 2>&1
trap 'code=$?; [ "$code" -eq 0 ] || echo "nightly.sh failed with exit code $code, see $log" >&3' EXIT
# Every command inherits the lock, so one that outlives this script keeps it.
exec 9>output/nightly.lock
flock --nonblock 9 || { echo "The run before still goes on."; exit 75; }

date
code=0
"$meltano" run tap-ivrflow "target-$target" || code=$?
# After a failed load too: the proofs tell what is known, and a list that is not fresh is warned about.
"$meltano" invoke "dbt-$target:build" || { built=$?; [ "$code" -ne 0 ] || code=$built; }
exit "$code"
