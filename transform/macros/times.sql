{#- The moment of this build, in UTC: when dbt was started. All histories of a build have the same, so that a state of one
    fits exactly to the state of another. -#}
{% macro build_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as {{ dbt.type_timestamp() }})
{%- endmacro %}

{#- What dbt asks for the time of a snapshot; its own are several, and local on DuckDB and PostgreSQL. -#}
{% macro duckdb__snapshot_get_time() -%} {{ ivrflow.build_time() }} {%- endmacro %}

{% macro postgres__snapshot_get_time() -%} {{ ivrflow.build_time() }} {%- endmacro %}

{% macro snowflake__snapshot_get_time() -%} {{ ivrflow.build_time() }} {%- endmacro %}

{#- The time now in UTC, by the warehouse. -#}
{% macro utc_now() -%} {{ adapter.dispatch('utc_now', 'ivrflow')() }} {%- endmacro %}

{% macro default__utc_now() -%} (now() at time zone 'UTC') {%- endmacro %}

{% macro snowflake__utc_now() -%}
    cast(convert_timezone('UTC', current_timestamp()) as timestamp_ntz)
{%- endmacro %}
