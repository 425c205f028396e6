with recursive
    events as (
        {%- for column, sign in [('dbt_valid_from', '1'), ('dbt_valid_to', '-1')] %}
            select
                tenant,
                cast({{ column }} as date) as day,
                {{ sign }} as flows,
                case when is_loaded then {{ sign }} else 0 end as loaded_flows,
                0 as added,
                0 as deleted,
                0 as broken
            from {{ ref('flow_history') }}
            where {{ column }} is not null

            union all

            select tenant, cast({{ column }} as date), 0, 0, 0, 0, {{ sign }}
            from {{ ref('finding_history') }}
            where {{ column }} is not null and severity = 'error'

            union all
        {% endfor %}
        select
            tenant,
            cast(noticed_at as date),
            0,
            0,
            case when change = 'added' then 1 else 0 end,
            case when change = 'deleted' then 1 else 0 end,
            0
        from {{ ref('changes') }}
        where object = 'flow'
    ),

    -- The days on which a build is known: by the table builds, or older than it and something changed.
    build_days as (
        select distinct day
        from
            (
                select cast(began_at as date) as day
                from {{ ref('builds') }}
                union all
                select day
                from events
            ) as known_days
    ),

    days as (
        select min(day) as day, max(day) as last_day
        from build_days

        union all

        select cast({{ dbt.dateadd('day', 1, 'day') }} as date), last_day
        from days
        where day < last_day
    ),

    tenants as (select tenant, min(day) as first_day from events group by tenant),

    of_day as (
        select
            tenant,
            day,
            sum(flows) as flows,
            sum(loaded_flows) as loaded_flows,
            sum(added) as added,
            sum(deleted) as deleted,
            sum(broken) as broken
        from events
        group by tenant, day
    )

    {%- set until_then -%}
    over (partition by tenants.tenant order by days.day rows between unbounded preceding and current row)
    {%- endset %}

select
    tenants.tenant,
    days.day,
    cast(sum(coalesce(of_day.flows, 0)) {{ until_then }} as bigint) as flows,
    cast(sum(coalesce(of_day.loaded_flows, 0)) {{ until_then }} as bigint) as loaded_flows,
    cast(coalesce(of_day.added, 0) as bigint) as added,
    cast(coalesce(of_day.deleted, 0) as bigint) as deleted,
    -- What was broken before the findings had a history is not known.
    case
        when days.day >= first_build.day then cast(sum(coalesce(of_day.broken, 0)) {{ until_then }} as bigint)
    end as broken,
    build_days.day is null as is_carried
from tenants
inner join days on tenants.first_day <= days.day
left join of_day on tenants.tenant = of_day.tenant and days.day = of_day.day
left join build_days on days.day = build_days.day
cross join (select cast(min(began_at) as date) as day from {{ ref('builds') }}) as first_build
