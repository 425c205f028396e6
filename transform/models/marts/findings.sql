-- Each select is one kind of finding. Null means not known: nothing is found then.
with problems as (
    select
        *,
        case when target_exists then 'not loaded' else 'gone' end as problem,
        'Number ' || access_code || coalesce(' extension ' || extension, '') as number
    from {{ ref('dialled_numbers') }}
    where target_id is not null and (not target_exists or not target_is_loaded)
)

select
    tenant,
    'error' as severity,
    'number_leads_nowhere' as finding,
    'route' as object,
    route_id as object_id,
    coalesce(number, 'A route without a number')
    || ' leads to ' || leads_to || ' ' || cast(target_id as text)
    || ', which is ' || problem || '.' as sentence
from problems

union all

select
    tenant,
    'error',
    'queue_overflows_nowhere',
    'queue',
    source_id,
    'Queue ' || source_id || coalesce(' (' || source_name || ')', '') || ' overflows (' || reason || ') to flow '
    || cast(flow_id as text) || ', which is ' || case when flow_exists then 'not loaded' else 'gone' end || '.'
from {{ ref('flow_entry_points') }}
where source = 'queue' and (not flow_exists or not flow_is_loaded)

union all

select
    tenant,
    'error',
    'survey_leads_nowhere',
    'survey',
    source_id,
    'The survey after a call uses flow ' || cast(flow_id as text) || ', which is '
    || case when flow_exists then 'not loaded' else 'gone' end || '.'
from {{ ref('flow_entry_points') }}
where source = 'survey' and (not flow_exists or not flow_is_loaded)

union all

-- The only access code of the other lists that is a flow's.
select
    surveys.tenant,
    'warning',
    'survey_access_code_differs',
    'survey',
    cast(surveys.position as text),
    'The survey after a call has access code ' || trim(surveys.access_code) || ', but its flow '
    || cast(flows.flow_id as text) || ' has ' || coalesce(nullif(trim(flows.access_code), ''), 'none') || '.'
from {{ ref('stg_ivrflow__surveys') }} as surveys
inner join {{ ref('current_flows') }} as flows
    on surveys.tenant = flows.tenant and surveys.flow_id = flows.flow_id
where
    not surveys.is_deleted
    and coalesce(surveys.is_enabled, true)
    -- Targets keep an empty text, or make it null.
    and nullif(trim(surveys.access_code), '') is not null
    and trim(surveys.access_code) is distinct from nullif(trim(flows.access_code), '')

union all

select
    numbers.tenant,
    'warning',
    'hotline_without_route',
    'hotline',
    numbers.access_code,
    'Hotline ' || numbers.access_code || ' has no route: calls to it lead nowhere.'
from {{ ref('dialled_numbers') }} as numbers
inner join {{ ref('stg_ivrflow__extractions') }} as proofs
    on numbers.tenant = proofs.tenant and proofs.stream = 'called_routes'
where numbers.route_id is null

union all

-- Only where the routes are known, or every flow would be found.
select
    flows.tenant,
    'info',
    'flow_without_known_way_in',
    'flow',
    cast(flows.flow_id as text),
    'No known reference to flow ' || cast(flows.flow_id as text)
    || '; agents and other flows may still transfer to it.'
from {{ ref('current_flows') }} as flows
inner join {{ ref('stg_ivrflow__extractions') }} as proofs
    on flows.tenant = proofs.tenant and proofs.stream = 'called_routes'
where
    not exists (
        select 1
        from {{ ref('flow_entry_points') }} as known
        where known.tenant = flows.tenant and known.flow_id = flows.flow_id
    )
