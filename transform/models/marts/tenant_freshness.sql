-- A view on the loaded table, so that the hours are right at any moment, also after a build that was stopped.
{{ config(materialized='view') }}

with
    proofs as (
        select tenant, stream, cast(rtrim(extracted_at, 'Z') as {{ dbt.type_timestamp() }}) as extracted_at
        from {{ source('tap_ivrflow', 'extractions') }}
    ),

    lists as (
        {%- for stream, findings in looked_for_in_lists().items() %}
            {%- set looked_for = findings | join(', ') %}
            select '{{ stream }}' as stream, '{{ looked_for }}' as looked_for
            {%- if not loop.last %}
                union all
            {%- endif %}
        {%- endfor %}
    )

select
    tenants.tenant,
    lists.stream,
    proofs.extracted_at,
    -- PostgreSQL computes it as a float.
    cast({{ dbt.datediff('proofs.extracted_at', ivrflow.utc_now(), 'hour') }} as bigint) as hours_ago,
    case when proofs.extracted_at is null then lists.looked_for end as not_looked_for
from (select distinct tenant from proofs) as tenants
cross join lists
left join proofs on tenants.tenant = proofs.tenant and lists.stream = proofs.stream
