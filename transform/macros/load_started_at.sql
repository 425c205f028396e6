{#- When the load just before this build began, as a UTC literal; none when nobody vouches for that
    load, or when the target marks deleted rows itself. A time without its zone is refused: hours off,
    it would delete what is there. -#}
{% macro load_started_at() %}
    {%- set given = env_var('IVRFLOW_LOAD_STARTED_AT', '') -%}
    {%- if not given or target.type != 'duckdb' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if not modules.re.fullmatch('\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z', given) -%}
        {{ exceptions.raise_compiler_error(
            'IVRFLOW_LOAD_STARTED_AT must be a time in UTC such as 2026-01-31T04:05:06Z'
        ) }}
    {%- endif -%}
    {{ return("cast('" ~ given[:10] ~ ' ' ~ given[11:-1] ~ "' as " ~ dbt.type_timestamp() ~ ')') }}
{% endmacro %}
