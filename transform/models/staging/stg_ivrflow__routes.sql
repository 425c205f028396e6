{{ loaded_rows('called_routes', [
    ('id', 'route_id', 'text'),
    ('accessCode', 'access_code', 'text'),
    ('extCode', 'extension', 'text'),
    ('dnid', 'configuration_number', 'bigint'),
    ('devicetype', 'target_type', 'bigint'),
    ('deviceId', 'target_id', 'bigint'),
    ('deviceDesc', 'target_name', 'text'),
    ('mediatypeId', 'media_type', 'bigint'),
    ('editable', 'editable', 'text'),
]) }}
