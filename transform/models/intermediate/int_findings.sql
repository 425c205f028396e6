-- Each select is one kind of finding. Null means not known: nothing is found then.
select
    tenant,
    from_kind
    || ' '
    || from_id
    || ' '
    || reason
    || ' '
    || to_kind
    || ' '
    || cast(to_id as text)
    || ' '
    || state as finding_id,
    'error' as severity,
    case
        from_kind
        when 'number'
        then 'number_leads_nowhere'
        when 'queue'
        then 'queue_overflows_nowhere'
        when 'survey'
        then 'survey_leads_nowhere'
    end as finding,
    case from_kind when 'number' then 'route' else from_kind end as object,
    from_id as object_id,
    why as sentence
from {{ ref('call_map_edges') }}
where state in ('broken', 'not loaded')

union all

-- The only access code of the other lists that is a flow's.
select
    surveys.tenant,
    'access code of survey ' || cast(surveys.position as text) || ' flow ' || cast(flows.flow_id as text),
    'warning',
    'survey_access_code_differs',
    'survey',
    cast(surveys.position as text),
    'The survey after a call has access code '
    || trim(surveys.access_code)
    || ', but its flow '
    || cast(flows.flow_id as text)
    || ' has '
    || coalesce(nullif(trim(flows.access_code), ''), 'none')
    || '.'
from {{ ref('stg_ivrflow__surveys') }} as surveys
inner join
    {{ ref('current_flows') }} as flows on surveys.tenant = flows.tenant and surveys.flow_id = flows.flow_id
where
    not surveys.is_deleted
    and coalesce(surveys.is_enabled, true)
    -- Targets keep an empty text, or make it null.
    and nullif(trim(surveys.access_code), '') is not null
    and trim(surveys.access_code) is distinct from nullif(trim(flows.access_code), '')

union all

select
    numbers.tenant,
    'hotline ' || numbers.access_code,
    'warning',
    'hotline_without_route',
    'hotline',
    numbers.access_code,
    'Hotline ' || numbers.access_code || ' has no route: calls to it lead nowhere.'
from {{ ref('dialled_numbers') }} as numbers
inner join
    {{ ref('stg_ivrflow__extractions') }} as proofs
    on numbers.tenant = proofs.tenant
    and proofs.stream = 'called_routes'
where numbers.route_id is null

union all

-- Only where the routes are known, or every flow would be found.
select
    flows.tenant,
    'way into flow ' || cast(flows.flow_id as text),
    'info',
    'flow_without_known_way_in',
    'flow',
    cast(flows.flow_id as text),
    'No known reference to flow '
    || cast(flows.flow_id as text)
    || '; agents and other flows may still transfer to it.'
from {{ ref('current_flows') }} as flows
inner join
    {{ ref('stg_ivrflow__extractions') }} as proofs
    on flows.tenant = proofs.tenant
    and proofs.stream = 'called_routes'
where
    not exists (
        select 1
        from {{ ref('flow_entry_points') }} as known
        where known.tenant = flows.tenant and known.flow_id = flows.flow_id
    )
