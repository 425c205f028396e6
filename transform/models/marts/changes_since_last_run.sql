select changes.*
from {{ ref('changes') }} as changes
inner join {{ ref('build_started') }} as build_started on changes.noticed_at >= build_started.began_at
