{#- dbt takes the session's local time for a snapshot on these two; the loaded times are UTC. -#}
{% macro duckdb__snapshot_get_time() -%}
    (now() at time zone 'UTC')
{%- endmacro %}

{% macro postgres__snapshot_get_time() -%}
    (now() at time zone 'UTC')
{%- endmacro %}
