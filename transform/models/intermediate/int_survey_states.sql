-- What survey_history compares with the states that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, position, {{ watched_fields('survey') | join(', ') }}
from {{ ref('stg_ivrflow__surveys') }}
where not is_deleted
