{#- The kind of a route's or a transfer's target, from the service's code. -#}
{% macro kind_of_target(code) -%}
    case
        {{ code }} when 1 then 'queue' when 3 then 'flow' else 'unknown (' || cast({{ code }} as text) || ')'
    end
{%- endmacro %}
