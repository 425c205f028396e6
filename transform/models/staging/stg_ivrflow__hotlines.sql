{{ loaded_rows('access_codes', [
    ('id', 'hotline_id', 'text'),
    ('accessCode', 'access_code', 'text'),
    ('mediatypeId', 'media_type', 'bigint'),
    ('n400Number', 'core_network_number', 'text'),
    ('description', 'description', 'text'),
    ('numCallAttr', 'direction', 'bigint'),
]) }}
