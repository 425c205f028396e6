-- What a call can be led to: the flows and queues that exist.
select tenant, 'flow' as kind, flow_id as target_id, nullif(trim(description), '') as target_name, is_loaded
from {{ ref('current_flows') }}

union all

select tenant, 'queue', queue_id, nullif(trim(queue_name), ''), cast(null as boolean)
from {{ ref('stg_ivrflow__queues') }}
where not is_deleted
