{% snapshot flow_history %}
{{ config(
    strategy='check',
    unique_key=['tenant', 'flow_id'],
    check_cols=watched_fields('flow'),
    hard_deletes='invalidate',
) }}

-- depends_on: {{ ref('last_build') }}
select tenant, flow_id, {{ watched_fields('flow') | join(', ') }}
from {{ ref('current_flows') }}
{% endsnapshot %}
