select * from {{ ref('build_started') }}
