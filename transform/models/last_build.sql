-- The warehouse's own clock, which also stamps the history: the caller's may differ by seconds.
{{ config(materialized='table') }}

select {{ dbt.snapshot_get_time() }} as began_at
