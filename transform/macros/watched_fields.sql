{#- The fields whose changes are history. Names of types are not: a better wording is no change. -#}
{% macro watched_fields(object) %}
    {{ return({
        'flow': [
            'access_code',
            'description',
            'flow_file_name',
            'is_loaded',
            'flow_type',
            'max_concurrent_calls',
        ],
        'route': [
            'access_code',
            'extension',
            'configuration_number',
            'target_type',
            'target_id',
            'target_name',
            'media_type',
            'editable',
        ],
        'queue': [
            'queue_name',
            'description',
            'media_type',
            'max_wait_seconds',
            'max_waiting_calls',
            'max_wrap_up_seconds',
            'answer_function',
            'no_agents_action',
            'no_agents_target_type',
            'no_agents_target_id',
            'busy_action',
            'busy_target_type',
            'busy_target_id',
            'time_out_action',
            'time_out_target_type',
            'time_out_target_id',
        ],
        'hotline': ['access_code', 'media_type', 'core_network_number', 'description', 'direction'],
        'survey': ['is_enabled', 'flow_id', 'feedback_type', 'channel_type', 'access_code'],
    }[object]) }}
{% endmacro %}
