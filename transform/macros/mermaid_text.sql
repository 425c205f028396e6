{#- A text as it may stand between the quotes of a Mermaid label: whatever has a meaning to Mermaid is written by its
    number, and control characters are spaces. -#}
{% macro mermaid_text(text) -%}
    {%- set controls = [] -%}
    {%- for code in range(1, 32) -%} {%- do controls.append('chr(' ~ code ~ ')') -%} {%- endfor -%}
    {%- set ns = namespace(sql='translate(' ~ text ~ ', ' ~ controls | join(' || ') ~ ", '" ~ ' ' * 31 ~ "')") -%}
    {#- The number sign first, since the numbers begin with one. -#}
    {%- for code in [35, 34, 36, 37, 38, 42, 58, 60, 62, 92, 95, 96, 123, 124, 125, 126] -%}
        {%- set ns.sql = 'replace(' ~ ns.sql ~ ', chr(' ~ code ~ "), '#" ~ code ~ ";')" -%}
    {%- endfor -%}
    {{ ns.sql }}
{%- endmacro %}
