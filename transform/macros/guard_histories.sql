{#- Refuse, before anything is built, what would falsify the histories: they cannot be computed again. -#}
{% macro guard_histories() -%}
    {%- set selected = namespace(histories=0) -%}
    {%- for each in selected_resources if each.startswith('snapshot.ivrflow.') -%}
        {%- set selected.histories = selected.histories + 1 -%}
    {%- endfor -%}
    {%- if execute and selected.histories -%}
        {%- if flags.EMPTY -%}
            {{ exceptions.raise_compiler_error("A history cannot be built with --empty: every open row would be closed as deleted.") }}
        {%- endif -%}
        {%- if snapshot_get_time() | trim != ivrflow.build_time() | trim -%}
            {{ exceptions.raise_compiler_error("Let this package date the histories: dbt_project.yml needs `dispatch:` as in the README of ivrflow.") }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
