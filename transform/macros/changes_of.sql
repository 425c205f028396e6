{#- Every change of one kind of object, from its history. -#}
{% macro changes_of(object, history, key) -%}
    {%- set fields = watched_fields(object) -%}
    {%- set by_object = 'partition by tenant, ' ~ key ~ ' order by dbt_valid_from' %}
    {{ object }}_states as (
        select
            *,
            {%- for field in fields %}
                lag({{ field }}) over ({{ by_object }}) as previous_{{ field }},
            {%- endfor %}
            lag(dbt_valid_to) over ({{ by_object }}) as previous_valid_to,
            lead(dbt_valid_from) over ({{ by_object }}) as next_valid_from
        from {{ history }}
    ),

    {{ object }}_changes as (
        select
            dbt_valid_from as noticed_at,
            tenant,
            '{{ object }}' as object,
            cast({{ key }} as text) as object_id,
            'added' as change,
            cast(null as text) as field,
            cast(null as text) as old_value,
            cast(null as text) as new_value
        from {{ object }}_states
        where previous_valid_to is null or previous_valid_to < dbt_valid_from

        union all

        select dbt_valid_to, tenant, '{{ object }}', cast({{ key }} as text), 'deleted', null, null, null
        from {{ object }}_states
        where dbt_valid_to is not null and (next_valid_from is null or next_valid_from > dbt_valid_to)
        {%- for field in fields %}

            union all

            select
                dbt_valid_from,
                tenant,
                '{{ object }}',
                cast({{ key }} as text),
                {% if field == 'is_loaded' -%}
                    case when is_loaded then 'loaded' when not is_loaded then 'unloaded' else 'changed' end,
                {%- else -%} 'changed',
                {%- endif %}
                '{{ field }}',
                cast(previous_{{ field }} as text),
                cast({{ field }} as text)
            from {{ object }}_states
            where previous_valid_to = dbt_valid_from and {{ field }} is distinct from previous_{{ field }}
        {%- endfor %}
    )
{%- endmacro %}
