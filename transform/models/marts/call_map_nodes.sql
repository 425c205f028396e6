with
    edges as (select * from {{ ref('call_map_edges') }}),

    -- A number with several routes is in the worst state of them.
    worst as (
        select
            *,
            row_number() over (
                partition by tenant, from_node
                order by
                    case state when 'broken' then 1 when 'not loaded' then 2 when 'unknown' then 3 else 4 end,
                    from_id
            ) as place
        from edges
    ),

    numbers as (
        select
            tenant,
            'number ' || coalesce(dialled, 'of route ' || route_id) as node,
            min(access_code) as access_code,
            min(dialled) as name,
            max(route_id) as route_id
        from {{ ref('dialled_numbers') }}
        group by tenant, 'number ' || coalesce(dialled, 'of route ' || route_id)
    ),

    targets as (
        select
            tenant,
            kind,
            target_id,
            target_name,
            case
                when kind = 'queue' or is_loaded then 'ok' when not is_loaded then 'not loaded' else 'unknown'
            end as state
        from {{ ref('int_call_targets') }}

        union all

        -- What something leads to and no list has.
        select tenant, to_kind, to_id, max(to_name), max(state)
        from edges
        where to_exists is distinct from true
        group by tenant, to_kind, to_id
    )

select
    numbers.tenant,
    numbers.node,
    'number' as kind,
    coalesce(numbers.name, numbers.route_id) as object_id,
    numbers.name,
    case
        when worst.state is not null
        then worst.state
        when numbers.route_id is null and proofs.extraction is not null
        then 'broken'
        else 'unknown'
    end as state,
    case
        when worst.state is not null
        then worst.why
        when numbers.route_id is not null
        then
            coalesce(
                'Number ' || numbers.name || ' has a route without a target.',
                'A route has neither a number nor a target.'
            )
        when proofs.extraction is not null
        then 'Hotline ' || numbers.name || ' has no route: calls to it lead nowhere.'
        else 'The routes are not known.'
    end as why
from numbers
left join worst on numbers.tenant = worst.tenant and numbers.node = worst.from_node and worst.place = 1
left join
    {{ ref('stg_ivrflow__extractions') }} as proofs
    on numbers.tenant = proofs.tenant
    and proofs.stream = 'called_routes'

union all

select
    surveys.tenant,
    'survey ' || cast(surveys.position as text),
    'survey',
    cast(surveys.position as text),
    surveys.channel_type,
    coalesce(worst.state, 'unknown'),
    case when worst.state is null then 'The survey after a call names no flow.' else worst.why end
from {{ ref('stg_ivrflow__surveys') }} as surveys
left join
    worst
    on surveys.tenant = worst.tenant
    and worst.from_node = 'survey ' || cast(surveys.position as text)
    and worst.place = 1
where not surveys.is_deleted and coalesce(surveys.is_enabled, true)

union all

select
    tenant,
    kind || ' ' || cast(target_id as text),
    kind,
    cast(target_id as text),
    target_name,
    state,
    case
        state
        when 'broken'
        then case kind when 'flow' then 'Flow ' else 'Queue ' end || cast(target_id as text) || ' is gone.'
        when 'not loaded'
        then 'Flow ' || cast(target_id as text) || ' is not loaded.'
        when 'unknown'
        then 'The state of ' || kind || ' ' || cast(target_id as text) || ' is not known.'
    end
from targets
