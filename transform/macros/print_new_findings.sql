{#- For `dbt run-operation print_new_findings --quiet`: a line for each finding of the last build that is new. -#}
{% macro print_new_findings() %}
    {%- set found = run_query(
        "select tenant, severity, sentence from " ~ ref('new_findings') ~ " order by tenant, severity, sentence"
    ) -%}
    {%- for tenant, severity, sentence in found.rows -%}
        {%- do print((tenant ~ ": " ~ severity ~ ": " ~ sentence) | replace("\n", " ")) -%}
    {%- endfor -%}
{% endmacro %}
