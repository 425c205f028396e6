with versions as (
    select
        *,
        {%- for field in watched_fields() %}
        lag({{ field }}) over (partition by tenant, flow_id order by dbt_valid_from) as previous_{{ field }},
        {%- endfor %}
        lag(dbt_valid_to) over (partition by tenant, flow_id order by dbt_valid_from) as previous_valid_to,
        lead(dbt_valid_from) over (partition by tenant, flow_id order by dbt_valid_from) as next_valid_from
    from {{ ref('flow_history') }}
)

select
    dbt_valid_from as noticed_at,
    tenant,
    flow_id,
    'added' as change,
    cast(null as {{ dbt.type_string() }}) as field,
    cast(null as {{ dbt.type_string() }}) as old_value,
    cast(null as {{ dbt.type_string() }}) as new_value
from versions
where previous_valid_to is null or previous_valid_to < dbt_valid_from

union all

select dbt_valid_to, tenant, flow_id, 'deleted', null, null, null
from versions
where dbt_valid_to is not null and (next_valid_from is null or next_valid_from > dbt_valid_to)
{% for field in watched_fields() %}
union all

select
    dbt_valid_from,
    tenant,
    flow_id,
    {% if field == 'is_loaded' -%}
    case when is_loaded then 'loaded' when not is_loaded then 'unloaded' else 'changed' end,
    {%- else -%}
    'changed',
    {%- endif %}
    '{{ field }}',
    cast(previous_{{ field }} as {{ dbt.type_string() }}),
    cast({{ field }} as {{ dbt.type_string() }})
from versions
where previous_valid_to = dbt_valid_from and {{ field }} is distinct from previous_{{ field }}
{% endfor %}
