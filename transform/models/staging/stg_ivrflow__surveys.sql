{{ loaded_rows('satisfaction_config', [
    ('position', 'position', 'bigint'),
    ('enabled', 'is_enabled', 'boolean'),
    ('ivrId', 'flow_id', 'bigint'),
    ('feedbackType', 'feedback_type', 'text'),
    ('channelType', 'channel_type', 'text'),
    ('accessCode', 'access_code', 'text'),
]) }}
