{#- The name under which a target stored the tap's column, the one place that knows: PostgreSQL keeps
    "isLoad", DuckDB has isload (and ignores case, quoted or not), Snowflake ISLOAD. -#}
{% macro loaded_column(name) -%}
    {{ name if target.type == 'snowflake' else adapter.quote(name) }}
{%- endmacro %}
