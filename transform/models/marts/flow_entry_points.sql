select
    tenant,
    to_id as flow_id,
    case from_kind when 'number' then 'route' else from_kind end as source,
    from_id as source_id,
    from_name as source_name,
    reason,
    to_exists as flow_exists,
    to_is_loaded as flow_is_loaded
from {{ ref('call_map_edges') }}
where to_kind = 'flow'
