with queues as (
    select * from {{ ref('stg_ivrflow__queues') }} where not is_deleted
),

-- The part of a transfer that does not happen is null, so no row comes of it.
found as (
    select
        tenant,
        target_id as flow_id,
        'route' as source,
        route_id as source_id,
        access_code || case when extension is null then '' else ' ext. ' || extension end as source_name,
        'dialled' as reason
    from {{ ref('dialled_numbers') }}
    where leads_to = 'flow'

    union all

    select tenant, no_agents_target_id, 'queue', cast(queue_id as text), queue_name, 'no agents'
    from queues
    where no_agents_action = 'Transfer' and no_agents_target_type = 3

    union all

    select tenant, busy_target_id, 'queue', cast(queue_id as text), queue_name, 'busy'
    from queues
    where busy_action = 'Transfer' and busy_target_type = 3

    union all

    select tenant, time_out_target_id, 'queue', cast(queue_id as text), queue_name, 'time-out'
    from queues
    where time_out_action = 'Transfer' and time_out_target_type = 3

    union all

    select tenant, flow_id, 'survey', cast(position as text), channel_type, 'after a call'
    from {{ ref('stg_ivrflow__surveys') }}
    where not is_deleted and coalesce(is_enabled, true)
)

select
    found.tenant,
    found.flow_id,
    found.source,
    found.source_id,
    found.source_name,
    found.reason,
    case
        when flows.flow_id is not null then true
        when proofs.extraction is not null then false
    end as flow_exists,
    flows.is_loaded as flow_is_loaded
from found
left join {{ ref('current_flows') }} as flows
    on found.tenant = flows.tenant and found.flow_id = flows.flow_id
left join {{ ref('stg_ivrflow__extractions') }} as proofs
    on found.tenant = proofs.tenant and proofs.stream = 'ivr_flows'
where found.flow_id is not null
