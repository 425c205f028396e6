-- A view on the loaded table, so that the hours are right at any moment, also after a build that was stopped.
{{ config(materialized='view') }}

with proofs as (
    select
        tenant,
        stream,
        cast(rtrim(extracted_at, 'Z') as {{ dbt.type_timestamp() }}) as extracted_at
    from {{ source('tap_ivrflow', 'extractions') }}
)

select
    tenant,
    stream,
    extracted_at,
    {{ dbt.datediff('extracted_at', dbt.snapshot_get_time(), 'hour') }} as hours_ago
from proofs
