-- The source is named so that a build that loads_are_whole stops leaves this row alone.
-- depends_on: {{ source('tap_ivrflow', 'extractions') }}
select {{ build_time() }} as began_at
