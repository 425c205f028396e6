with flows as (
    select * from {{ ref('current_flows') }}
),

queues as (
    select * from {{ ref('stg_ivrflow__queues') }} where not is_deleted
),

routes as (
    select
        tenant,
        nullif(trim(access_code), '') as access_code,
        nullif(trim(extension), '') as extension,
        media_type,
        route_id,
        target_type,
        target_id,
        target_name
    from {{ ref('stg_ivrflow__routes') }}
    where not is_deleted
),

-- A hotline may have several rows; 3 is the code of both directions.
hotlines as (
    select
        tenant,
        trim(access_code) as access_code,
        case when min(direction) <> max(direction) then 3 else min(direction) end as direction,
        min(media_type) as media_type
    from {{ ref('stg_ivrflow__hotlines') }}
    where not is_deleted and nullif(trim(access_code), '') is not null
    group by tenant, trim(access_code)
),

proofs as (
    select * from {{ ref('stg_ivrflow__extractions') }}
),

-- A hotline without a route leads nowhere. One for outgoing calls only (2) is not dialled.
dialled as (
    select
        routes.tenant,
        routes.access_code,
        routes.extension,
        hotlines.direction,
        routes.media_type,
        routes.route_id,
        routes.target_type,
        routes.target_id,
        routes.target_name
    from routes
    left join hotlines
        on routes.tenant = hotlines.tenant and routes.access_code = hotlines.access_code

    union all

    select tenant, access_code, null, direction, media_type, null, null, null, null
    from hotlines
    where
        direction in (1, 3)
        and not exists (
            select 1
            from routes
            where routes.tenant = hotlines.tenant and routes.access_code = hotlines.access_code
        )
)

select
    dialled.tenant,
    dialled.access_code,
    dialled.extension,
    case dialled.direction
        when 1 then 'in'
        when 2 then 'out'
        when 3 then 'both'
    end as direction,
    case
        when dialled.media_type = 2 then 'click-to-dial'
        when dialled.media_type = 5 then 'audio and video'
        when dialled.media_type in (18, 19, 53) then 'multimedia'
        else 'unknown (' || cast(dialled.media_type as text) || ')'
    end as media,
    case
        when dialled.target_type = 1 then 'queue'
        when dialled.target_type = 3 then 'flow'
        else 'unknown (' || cast(dialled.target_type as text) || ')'
    end as leads_to,
    dialled.target_id,
    coalesce(queues.queue_name, dialled.target_name, flows.description) as target_name,
    -- That a target is missing is known only where its list was read whole.
    case
        when flows.flow_id is not null or queues.queue_id is not null then true
        when dialled.target_id is not null and proofs.extraction is not null then false
    end as target_exists,
    flows.is_loaded as target_is_loaded,
    dialled.route_id
from dialled
left join flows
    on
        dialled.target_type = 3
        and dialled.tenant = flows.tenant
        and dialled.target_id = flows.flow_id
left join queues
    on
        dialled.target_type = 1
        and dialled.tenant = queues.tenant
        and dialled.target_id = queues.queue_id
left join proofs
    on
        dialled.tenant = proofs.tenant
        and proofs.stream = case dialled.target_type when 1 then 'skill_queues' when 3 then 'ivr_flows' end
