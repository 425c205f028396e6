with
    states as (
        {%- for kind, history, id, name, is_loaded in [
        ('flow', 'flow_history', 'flow_id', 'description', 'is_loaded'),
        ('queue', 'queue_history', 'queue_id', 'queue_name', 'cast(null as boolean)'),
    ] %}
            select
                tenant,
                '{{ kind }}' as kind,
                {{ id }} as target_id,
                nullif(trim({{ name }}), '') as target_name,
                {{ is_loaded }} as is_loaded,
                dbt_valid_from as valid_from,
                dbt_valid_to as valid_to
            from {{ ref(history) }}
            {%- if not loop.last %}

                union all
            {% endif %}
        {%- endfor %}
    ),

    -- Before a list was watched, nothing is known of what was not in it.
    watched as (select tenant, kind, min(valid_from) as watched_since from states group by tenant, kind),

    routes as (
        select
            dbt_scd_id as route_state,
            tenant,
            route_id,
            nullif(trim(access_code), '') as access_code,
            nullif(trim(extension), '') as extension,
            {{ kind_of_target('target_type') }} as leads_to,
            target_id,
            target_name as label,
            dbt_valid_from as valid_from,
            dbt_valid_to as valid_to
        from {{ ref('route_history') }}
    ),

    -- When a number began to lead where it does, or something may have happened to where it leads.
    moments as (
        select route_state, valid_from as moment
        from routes

        union

        select routes.route_state, states.valid_from
        from routes
        inner join
            states
            on routes.tenant = states.tenant
            and routes.leads_to = states.kind
            and routes.target_id = states.target_id
        where
            states.valid_from > routes.valid_from
            and (states.valid_from < routes.valid_to or routes.valid_to is null)

        union

        select routes.route_state, states.valid_to
        from routes
        inner join
            states
            on routes.tenant = states.tenant
            and routes.leads_to = states.kind
            and routes.target_id = states.target_id
        where
            states.valid_to > routes.valid_from
            and (states.valid_to < routes.valid_to or routes.valid_to is null)

        union

        -- From then on it is known that a target is gone.
        select routes.route_state, watched.watched_since
        from routes
        inner join watched on routes.tenant = watched.tenant and routes.leads_to = watched.kind
        where
            watched.watched_since > routes.valid_from
            and (watched.watched_since < routes.valid_to or routes.valid_to is null)
    ),

    seen as (
        select
            routes.route_state,
            routes.tenant,
            routes.access_code || coalesce(' ext. ' || routes.extension, '') as dialled,
            routes.access_code,
            routes.extension,
            routes.route_id,
            routes.leads_to,
            routes.target_id,
            case
                when states.target_id is not null then states.target_name else routes.label
            end as target_name,
            case
                when states.target_id is not null
                then true
                when routes.target_id is not null and moments.moment >= watched.watched_since
                then false
            end as target_exists,
            states.is_loaded as target_is_loaded,
            moments.moment as valid_from,
            routes.valid_to as route_valid_to
        from routes
        inner join moments on routes.route_state = moments.route_state
        left join
            states
            on routes.tenant = states.tenant
            and routes.leads_to = states.kind
            and routes.target_id = states.target_id
            and states.valid_from <= moments.moment
            and (states.valid_to > moments.moment or states.valid_to is null)
        left join watched on routes.tenant = watched.tenant and routes.leads_to = watched.kind
    ),

    compared as (
        select
            *,
            row_number() over (partition by route_state order by valid_from) as place,
            lag(target_name) over (partition by route_state order by valid_from) as previous_name,
            lag(target_exists) over (partition by route_state order by valid_from) as previous_exists,
            lag(target_is_loaded) over (partition by route_state order by valid_from) as previous_is_loaded
        from seen
    )

-- A change of the target that cannot be seen here begins no row.
select
    tenant,
    dialled,
    access_code,
    extension,
    route_id,
    leads_to,
    target_id,
    target_name,
    target_exists,
    target_is_loaded,
    valid_from,
    coalesce(lead(valid_from) over (partition by route_state order by valid_from), route_valid_to) as valid_to
from compared
where
    place = 1
    or target_name is distinct from previous_name
    or target_exists is distinct from previous_exists
    or target_is_loaded is distinct from previous_is_loaded
