#!/bin/sh
# A tap that inherits from another one loads into its own schema: `$MELTANO_EXTRACT__LOAD_SCHEMA`,
# from which targets take their default schema, is made of the child's name. One would expect the
# namespace of the parent, which the child inherits with everything else.
#
# Versions: meltano 4.4.1, 28 November 2026
# Source: meltano/core/plugin/project_plugin.py (ProjectPlugin.__init__: the namespace of a child)
# Guess: the parent's namespace. We had met it before.
set -eu
. "$(dirname "$0")/setup"
install meltano==4.4.1

cat >meltano.yml <<'YAML'
default_environment: dev
environments: [{name: dev}]
send_anonymous_usage_stats: false
plugins:
  extractors:
  - {name: tap-calls, namespace: tap_calls, executable: ./tap, settings: [{name: region, value: north}]}
  - {name: tap-calls-nightly, inherit_from: tap-calls}
  loaders:
  - name: target-show
    namespace: target_show
    executable: ./target
    settings: [{name: default_target_schema, value: $MELTANO_EXTRACT__LOAD_SCHEMA}]
YAML
cat >tap <<'TAP'
#!/bin/sh
tr -d '\n ' <"$2" >tap-settings
TAP
cat >target <<'TARGET'
#!/bin/sh
tr -d '\n ' <"$2" >target-settings
TARGET
chmod +x tap target
for tap in tap-calls tap-calls-nightly; do
    meltano run "$tap" target-show >log 2>&1
    echo "$tap $(cat tap-settings) $(cat target-settings)"
done >seen

expect <<'SEEN'
tap-calls {"region":"north"} {"default_target_schema":"tap_calls"}
tap-calls-nightly {"region":"north"} {"default_target_schema":"tap_calls_nightly"}
SEEN
