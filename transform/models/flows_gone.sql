-- What a load no longer found, for target-duckdb, which does not mark it. The table alone cannot tell a
-- deleted flow from one that a dying run did not reach, so nothing is concluded unless the caller vouches
-- for the load by IVRFLOW_LOAD_STARTED_AT. What was concluded once is kept: the next build may follow a
-- load for which nobody vouches.
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}
{%- set started_at = load_started_at() %}

with flows as (
    select
        tenant,
        id as flow_id,
        _sdc_extracted_at as last_seen_at,
        max(_sdc_extracted_at) over (partition by tenant) as tenant_last_seen_at,
        _sdc_deleted_at as marked_at
    from {{ source('tap_ivrflow', 'ivr_flows') }}
)

select
    tenant,
    flow_id,
    last_seen_at,
    {{ started_at or 'cast(null as ' ~ dbt.type_timestamp() ~ ')' }} as noticed_at
from flows
where
{%- if started_at %}
    last_seen_at < {{ started_at }}
    and tenant_last_seen_at >= {{ started_at }}
    and marked_at is null
    {%- if is_incremental() %}
    and not exists (
        select 1
        from {{ this }} as known
        where
            known.tenant = flows.tenant
            and known.flow_id = flows.flow_id
            and known.last_seen_at = flows.last_seen_at
    )
    {%- endif %}
{%- else %}
    false
{%- endif %}
