select noticed_at, tenant, cast(object_id as bigint) as flow_id, change, field, old_value, new_value
from {{ ref('changes') }}
where object = 'flow'
