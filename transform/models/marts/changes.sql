with
{{ changes_of('flow', ref('flow_history'), 'flow_id') }},
{{ changes_of('route', ref('route_history'), 'route_id') }},
{{ changes_of('queue', ref('queue_history'), 'queue_id') }}

select * from flow_changes
union all
select * from route_changes
union all
select * from queue_changes
