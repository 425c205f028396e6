with
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
        left join hotlines on routes.tenant = hotlines.tenant and routes.access_code = hotlines.access_code

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
    dialled.access_code || coalesce(' ext. ' || dialled.extension, '') as dialled,
    dialled.access_code,
    dialled.extension,
    case dialled.direction when 1 then 'in' when 2 then 'out' when 3 then 'both' end as direction,
    case
        when dialled.media_type = 2
        then 'click-to-dial'
        when dialled.media_type = 5
        then 'audio and video'
        when dialled.media_type in (18, 19, 53)
        then 'multimedia'
        else 'unknown (' || cast(dialled.media_type as text) || ')'
    end as media,
    {{ kind_of_target('dialled.target_type') }} as leads_to,
    dialled.target_id,
    -- The target's own name; what the route calls it only where the target is gone or not known.
    case
        when targets.target_id is not null then targets.target_name else dialled.target_name
    end as target_name,
    -- That a target is gone is known only where its list was read completely.
    case
        when targets.target_id is not null
        then true
        when dialled.target_id is not null and proofs.extraction is not null
        then false
    end as target_exists,
    targets.is_loaded as target_is_loaded,
    dialled.route_id
from dialled
left join
    {{ ref('int_call_targets') }} as targets
    on dialled.tenant = targets.tenant
    and {{ kind_of_target('dialled.target_type') }} = targets.kind
    and dialled.target_id = targets.target_id
left join
    {{ ref('stg_ivrflow__extractions') }} as proofs
    on dialled.tenant = proofs.tenant
    and proofs.stream = case dialled.target_type when 1 then 'skill_queues' when 3 then 'ivr_flows' end
