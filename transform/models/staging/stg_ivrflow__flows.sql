with
    loaded as (
        {{ loaded_rows('ivr_flows', [
        ('id', 'flow_id', 'bigint'),
        ('accessCode', 'access_code', 'text'),
        ('description', 'description', 'text'),
        ('flowFileName', 'flow_file_name', 'text'),
        ('isLoad', 'is_load', 'bigint'),
        ('flowType', 'flow_type', 'bigint'),
        ('maxCallNum', 'max_concurrent_calls', 'bigint'),
    ]) | indent(4) }}
    )

select
    loaded.tenant,
    loaded.flow_id,
    loaded.access_code,
    loaded.description,
    loaded.flow_file_name,
    case loaded.is_load when 0 then false when 1 then true end as is_loaded,
    loaded.flow_type,
    coalesce(
        flow_types.flow_type_name, 'unknown (' || cast(loaded.flow_type as text) || ')'
    ) as flow_type_name,
    loaded.max_concurrent_calls,
    loaded.last_seen_at,
    loaded.is_deleted
from loaded
left join {{ ref('flow_types') }} as flow_types on loaded.flow_type = flow_types.flow_type
