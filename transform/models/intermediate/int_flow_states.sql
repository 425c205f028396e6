-- What flow_history compares with the states that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, flow_id, {{ watched_fields('flow') | join(', ') }}
from {{ ref('current_flows') }}
