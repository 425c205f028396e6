select
    tenant,
    flow_type,
    flow_type_name,
    count(*) as flows,
    count(case when is_loaded then 1 end) as loaded_flows
from {{ ref('current_flows') }}
group by tenant, flow_type, flow_type_name
