{#- The fields whose changes are history. flow_type_name is not one: a better wording is no change. -#}
{% macro watched_fields() %}
    {{ return([
        'access_code',
        'description',
        'flow_file_name',
        'is_loaded',
        'flow_type',
        'max_concurrent_calls',
    ]) }}
{% endmacro %}
