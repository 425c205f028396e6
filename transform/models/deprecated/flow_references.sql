select * from {{ ref('flow_entry_points') }}
