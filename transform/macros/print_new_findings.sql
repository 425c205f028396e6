{#- For `dbt run-operation print_new_findings --quiet`: a line for each error and warning that the last build was the
    first to find. -#}
{% macro print_new_findings() %}
    {%- set found = run_query(
        "select tenant, severity, sentence from " ~ ref('new_findings')
        ~ " where severity <> 'info' order by tenant, severity, sentence"
    ) -%}
    {%- for tenant, severity, sentence in found.rows -%}
        {%- do print((tenant ~ ": " ~ severity ~ ": " ~ sentence) | replace("\n", " ")) -%}
    {%- endfor -%}
{% endmacro %}
