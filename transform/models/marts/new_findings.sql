select findings.*
from {{ ref('findings') }} as findings
inner join {{ ref('build_started') }} as build_started on findings.first_seen >= build_started.began_at
