#!/bin/sh
# Loads, then builds the reports and their page: after a failed load too, for the tenants that could be read.
#
#   nightly.sh PROJECT MELTANO [TARGET]
#
# TARGET is duckdb (default) or postgres. The settings are in the project's .env. The line for `crontab -e` has
# absolute paths, since cron does not know your PATH:
#   15 1 * * * /srv/ivr-flows/docs/examples/nightly.sh /srv/ivr-flows /srv/ivr-flows/.venv/bin/meltano
#
# The commands write to output/nightly.log, which ends with one line if all is well. Otherwise it ends with what
# failed, and the same lines go to stderr, which cron mails. So do the findings that were not there at the build
# before, good night or bad. The exit code is that of the first command that failed, or 75 if the previous run has
# not ended.
# Last run on 2026-11-28 with meltano 4.4.1, target-duckdb-exact 0.1.0 and dbt-duckdb 1.11.1.
set -eu
export PATH="${PATH:-/usr/bin:/bin}" # Without a PATH, Meltano starts no plugin.
project=$1
meltano=$2
target=${3:-duckdb}
cd "$project"
log=$PWD/output/nightly.log
exec 3>&2 >>"$log" 2>&1

report() { # to the log and to the mail
	echo "nightly.sh: $*"
	echo "nightly.sh: $*" >&3
}
written() { wc -c <"$log"; }
between() { tail -c "+$(($1 + 1))" "$log" | head -c "$(($2 - $1))"; }

is_reported=
trap 'code=$?; [ "$code" -eq 0 ] || [ "$is_reported" ] || report "ended with exit code $code, see $log"' EXIT

# Each command inherits the lock, so one that outlives this script keeps it.
exec 9>output/nightly.lock
code=0
problem=$(flock -n -E 75 9 2>&1) || code=$?
case $code in
0) ;;
75) report "the previous run has not ended" ;;
127) report "flock is missing (Debian: apt install util-linux)" ;;
*) report "output/nightly.lock cannot be locked: $problem" ;;
esac
[ "$code" -eq 0 ] || { is_reported=1; exit "$code"; }

date
start=$(written)
load=0
"$meltano" run tap-ivrflow "target-$target" || load=$?
middle=$(written)
build=0
"$meltano" invoke "dbt-$target:build" || build=$?
new=
asking=0
if [ "$build" -eq 0 ]; then
	# Before the page, which may fail: tomorrow they are not new.
	new=$("$meltano" invoke "dbt-$target:new-findings") || asking=$?
	"$meltano" invoke "dbt-$target:page" || build=$?
fi
end=$(written)

is_reported=1
[ -z "$new" ] || report "new findings:
$new"
if [ "$load" -ne 0 ]; then
	errors=$(between "$start" "$middle" | sed -nE 's/^.*\[error *\] +(tap|target)-[^ ]+ +(.*)/\2/p' | tail -n 20)
	[ "$errors" ] || errors=$(between "$start" "$middle" | tail -n 5)
	report "the load failed (exit code $load):
$errors"
fi
if [ "$build" -ne 0 ]; then
	errors=$(between "$middle" "$end" | sed -nE '/Completed with|Encountered an error/,$ { /^[0-9:]+ *$/!p; }' | tail -n 20)
	[ "$errors" ] || errors=$(between "$middle" "$end" | tail -n 5)
	report "the reports failed (exit code $build):
$errors"
fi
[ "$asking" -eq 0 ] || report "the new findings cannot be read (exit code $asking)"
for code in "$load" "$build" "$asking"; do
	[ "$code" -eq 0 ] || exit "$code"
done
rows=$(between "$start" "$middle" | sed -nE "s/^.* tenant '.*': ([0-9]+) records of [a-z_]+ \(.*/\1/p")
lists=$(echo "$rows" | grep -c . || true)
rows=$(echo "$rows" | awk '{ n += $1 } END { print n + 0 }')
warnings=$(between "$middle" "$end" | sed -nE 's/^.*Done\. .* WARN=([0-9]+) .*/\1/p')
echo "nightly.sh: all is well: $lists lists, $rows rows, dbt warnings: ${warnings:-0}"
