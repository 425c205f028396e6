select
    tenant,
    flow_id,
    access_code,
    description,
    flow_file_name,
    is_loaded,
    flow_type,
    flow_type_name,
    max_concurrent_calls,
    last_seen_at
from {{ ref('stg_ivrflow__flows') }}
where not is_deleted
