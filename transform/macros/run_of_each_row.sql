{#- Tenant, list and number of the run of each loaded row, over all lists that are there. -#}
{% macro run_of_each_row() -%}
    {%- set extractions = source('tap_ivrflow', 'extractions') -%}
    select
        cast(null as text) as tenant,
        cast(null as text) as stream,
        cast(null as bigint) as extraction,
        cast(null as boolean) as is_marked
    where false
    {%- for stream in var('lists') %}
        {%- if execute and (not flags.INTROSPECT or adapter.get_relation(extractions.database, extractions.schema, stream)) %}
            union all
            select tenant, '{{ stream }}', extraction, _sdc_deleted_at is not null
            from {{ extractions.incorporate(path={'identifier': stream}) }}
        {%- endif %}
    {%- endfor %}
{%- endmacro %}
