{#- The lists that should be loaded (variable `lists`), each with the findings that cannot be found without it. -#}
{% macro looked_for_in_lists() %}
    {%- set findings = {
        'ivr_flows': ['number_leads_nowhere', 'queue_overflows_nowhere', 'survey_leads_nowhere'],
        'called_routes': ['number_leads_nowhere', 'hotline_without_route', 'flow_without_known_way_in'],
        'access_codes': ['hotline_without_route'],
        'skill_queues': ['number_leads_nowhere', 'queue_overflows_nowhere'],
        'satisfaction_config': ['survey_leads_nowhere', 'survey_access_code_differs'],
    } -%}
    {%- set looked_for = {} -%}
    {%- for stream in var('lists') -%} {%- do looked_for.update({stream: findings[stream]}) -%} {%- endfor -%}
    {{ return(looked_for) }}
{% endmacro %}
