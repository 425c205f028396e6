#!/bin/sh
# The state of a run with `--full-refresh` is merged into the old state, and the state of an ordinary
# run, also of a failed one, replaces it. One would expect the opposite: a refresh starts again from nothing, and an
# ordinary run that sends the state of one stream keeps those of the others.
#
# Versions: meltano 4.4.1, 28 November 2026
# Source: meltano/core/plugin/singer/target.py (SingerTarget.setup_bookmark_writer); job_state.py
# Guess: a refresh replaces the state, a successful run replaces it, and a failed run adds to it.
set -eu
. "$(dirname "$0")/setup"
install meltano==4.4.1

cat >meltano.yml <<'YAML'
default_environment: dev
environments: [{name: dev}]
send_anonymous_usage_stats: false
plugins:
  extractors:
  - {name: tap-calls, namespace: tap_calls, executable: ./tap, capabilities: [state]}
  loaders:
  - {name: target-nothing, namespace: target_nothing, executable: ./target}
YAML
cat >tap <<'TAP'
#!/bin/sh
echo "{\"type\": \"STATE\", \"value\": {\"bookmarks\": {\"$STREAM\": 1}}}"
exit "${CODE:-0}"
TAP
cat >target <<'TARGET'
#!/bin/sh
sed -n 's/.*"value": \(.*\)}$/\1/p'
TARGET
chmod +x tap target
run() { # STREAM [OPTION]: load, and print the state.
    code=0
    STREAM=$1 meltano run ${2+"$2"} tap-calls target-nothing >log 2>&1 || code=$?
    echo "$* exit $code $(meltano state get dev:tap-calls-to-target-nothing 2>>log)"
}
{
    run calls
    run flows
    run agents --full-refresh
    CODE=1 run queues
} >seen

expect <<'SEEN'
calls exit 0 {"singer_state":{"bookmarks":{"calls":1}}}
flows exit 0 {"singer_state":{"bookmarks":{"flows":1}}}
agents --full-refresh exit 0 {"singer_state":{"bookmarks":{"flows":1,"agents":1}}}
queues exit 1 {"singer_state":{"bookmarks":{"queues":1}}}
SEEN
