-- What hotline_history compares with the states that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, hotline_id, {{ watched_fields('hotline') | join(', ') }}
from {{ ref('stg_ivrflow__hotlines') }}
where not is_deleted
