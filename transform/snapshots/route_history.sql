{% snapshot route_history %}
{{ config(
    strategy='check',
    unique_key=['tenant', 'route_id'],
    check_cols=watched_fields('route'),
    hard_deletes='invalidate',
) }}

-- depends_on: {{ ref('last_build') }}
select tenant, route_id, {{ watched_fields('route') | join(', ') }}
from {{ ref('stg_called_routes') }}
where not is_deleted
{% endsnapshot %}
