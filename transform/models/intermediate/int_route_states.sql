-- What route_history compares with the states that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, route_id, {{ watched_fields('route') | join(', ') }}
from {{ ref('stg_ivrflow__routes') }}
where not is_deleted
