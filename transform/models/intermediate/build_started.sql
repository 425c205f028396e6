-- The warehouse's own clock, which also stamps the history: the caller's may differ by seconds.
-- The source is named so that a build that loads_are_whole stops leaves this row alone.
-- depends_on: {{ source('tap_ivrflow', 'extractions') }}
select {{ dbt.snapshot_get_time() }} as began_at
