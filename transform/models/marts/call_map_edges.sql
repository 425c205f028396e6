-- A transfer that does not happen has no target, so no edge comes of it.
with
    overflows as (
        {%- for reason, name in [('no agents', 'no_agents'), ('busy', 'busy'), ('time-out', 'time_out')] %}
            select
                tenant,
                queue_id,
                queue_name,
                '{{ reason }}' as reason,
                {{ name }}_target_type as target_type,
                {{ name }}_target_id as target_id
            from {{ ref('stg_ivrflow__queues') }}
            where not is_deleted and {{ name }}_action = 'Transfer'
            {%- if not loop.last %}

                union all
            {% endif %}
        {%- endfor %}
    ),

    found as (
        select
            tenant,
            'number' as from_kind,
            route_id as from_id,
            dialled as from_name,
            'dialled' as reason,
            coalesce(leads_to, 'unknown') as to_kind,
            target_id as to_id,
            target_name as label,
            coalesce(
                'Number ' || access_code || coalesce(' extension ' || extension, ''),
                'A route without a number'
            )
            || ' leads to ' as beginning
        from {{ ref('dialled_numbers') }}
        where route_id is not null

        union all

        select
            tenant,
            'queue',
            cast(queue_id as text),
            queue_name,
            reason,
            coalesce({{ kind_of_target('target_type') }}, 'unknown'),
            target_id,
            null,
            'Queue '
            || cast(queue_id as text)
            || coalesce(' (' || queue_name || ')', '')
            || ' overflows ('
            || reason
            || ') to '
        from overflows

        union all

        select
            tenant,
            'survey',
            cast(position as text),
            channel_type,
            'after a call',
            'flow',
            flow_id,
            null,
            'The survey after a call uses '
        from {{ ref('stg_ivrflow__surveys') }}
        where not is_deleted and coalesce(is_enabled, true)
    ),

    -- That a target is gone is known only where its list was read completely.
    judged as (
        select
            found.*,
            targets.target_name,
            case
                when targets.target_id is not null then true when proofs.extraction is not null then false
            end as to_exists,
            targets.is_loaded as to_is_loaded,
            case
                when targets.target_id is null and proofs.extraction is not null
                then 'broken'
                when targets.kind = 'flow' and not targets.is_loaded
                then 'not loaded'
                when targets.kind = 'queue' or targets.is_loaded
                then 'ok'
                else 'unknown'
            end as state
        from found
        left join
            {{ ref('int_call_targets') }} as targets
            on found.tenant = targets.tenant
            and found.to_kind = targets.kind
            and found.to_id = targets.target_id
        left join
            {{ ref('stg_ivrflow__extractions') }} as proofs
            on found.tenant = proofs.tenant
            and proofs.stream
            = case found.to_kind when 'queue' then 'skill_queues' when 'flow' then 'ivr_flows' end
        where found.to_id is not null
    )

select
    tenant,
    from_kind
    || ' '
    || case
        from_kind when 'number' then coalesce(from_name, 'of route ' || from_id) else from_id
    end as from_node,
    to_kind || ' ' || cast(to_id as text) as to_node,
    from_kind,
    from_id,
    from_name,
    reason,
    to_kind,
    to_id,
    -- The target's own name; what the route calls it only where it has none that is known.
    case when to_exists then target_name else label end as to_name,
    to_exists,
    to_is_loaded,
    state,
    beginning
    || to_kind
    || ' '
    || cast(to_id as text)
    || case
        state
        when 'broken'
        then ', which is gone.'
        when 'not loaded'
        then ', which is not loaded.'
        when 'unknown'
        then ', whose state is not known.'
    end as why
from judged
