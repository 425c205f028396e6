select changes.*
from {{ ref('changes') }} as changes
inner join {{ ref('last_build') }} as last_build
    on changes.noticed_at >= last_build.began_at
