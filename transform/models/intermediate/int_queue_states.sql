-- What queue_history compares with the states that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, queue_id, {{ watched_fields('queue') | join(', ') }}
from {{ ref('stg_ivrflow__queues') }}
where not is_deleted
