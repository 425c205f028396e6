{% snapshot queue_history %}
{{ config(
    strategy='check',
    unique_key=['tenant', 'queue_id'],
    check_cols=watched_fields('queue'),
    hard_deletes='invalidate',
) }}

-- depends_on: {{ ref('last_build') }}
select tenant, queue_id, {{ watched_fields('queue') | join(', ') }}
from {{ ref('stg_skill_queues') }}
where not is_deleted
{% endsnapshot %}
