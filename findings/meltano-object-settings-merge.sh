#!/bin/sh
# An object setting cannot be replaced: a plugin that inherits, and the variable that holds the complete
# object as JSON, both get the keys that meltano.yml gives the parent. One would expect that the nearest
# value wins as a unit, as it does for `select` and for arrays.
#
# Versions: meltano 4.4.1, 28 November 2026
# Source: meltano/core/settings_service.py (SettingsService.flat_meltano_yml_config, config_with_metadata)
# Guess: the child's object, and the variable's, replace the parent's.
set -eu
. "$(dirname "$0")/setup"
install meltano==4.4.1

cat >meltano.yml <<'YAML'
send_anonymous_usage_stats: false
plugins:
  extractors:
  - name: tap-calls
    namespace: tap_calls
    executable: ./tap
    settings:
    - {name: stream_maps, kind: object}
    - {name: regions, kind: array}
    config:
      stream_maps: {calls: {phone: __NULL__}}
      regions: [north, south]
  - name: tap-flows
    inherit_from: tap-calls
    config:
      stream_maps: {flows: {name: title}}
      regions: [west]
YAML
cat >tap <<'TAP'
#!/bin/sh
cat "$2"
TAP
chmod +x tap
run() {
    echo "$1: $(meltano invoke "$1" 2>/dev/null | tr -d '\n ')"
}
{
    run tap-calls
    run tap-flows
    TAP_CALLS_STREAM_MAPS='{"flows": {"name": "title"}}' TAP_CALLS_REGIONS='["west"]' run tap-calls
} >seen

expect <<'SEEN'
tap-calls: {"stream_maps":{"calls":{"phone":"__NULL__"}},"regions":["north","south"]}
tap-flows: {"stream_maps":{"calls":{"phone":"__NULL__"},"flows":{"name":"title"}},"regions":["west"]}
tap-calls: {"stream_maps":{"flows":{"name":"title"},"calls":{"phone":"__NULL__"}},"regions":["west"]}
SEEN
