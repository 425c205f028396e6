with
    {{ changes_of('flow', ref('flow_history'), 'flow_id') }},
    {{ changes_of('route', ref('route_history'), 'route_id') }},
    {{ changes_of('queue', ref('queue_history'), 'queue_id') }},
    {{ changes_of('hotline', ref('hotline_history'), 'hotline_id') }},
    {{ changes_of('survey', ref('survey_history'), 'position') }},

    -- Watched since the build that is the first in the table builds. Where flows were watched before it,
    -- what that build found was there already, so it was not added.
    watched_later as (
        select *
        from hotline_changes
        union all
        select *
        from survey_changes
    )

select *
from flow_changes
union all
select *
from route_changes
union all
select *
from queue_changes
union all
select watched_later.*
from watched_later
cross join (select min(began_at) as began_at from {{ ref('builds') }}) as first_build
where
    watched_later.noticed_at <> first_build.began_at
    or not exists (
        select 1 from {{ ref('flow_history') }} as flows where flows.dbt_valid_from < first_build.began_at
    )
