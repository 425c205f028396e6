select
    now_found.tenant,
    now_found.severity,
    now_found.finding,
    now_found.object,
    now_found.object_id,
    now_found.sentence,
    known.dbt_valid_from as first_seen,
    now_found.finding_id
from {{ ref('int_findings') }} as now_found
left join
    {{ ref('finding_history') }} as known
    on now_found.tenant = known.tenant
    and now_found.finding_id = known.finding_id
    and known.dbt_valid_to is null
