-- What finding_history compares with the findings that it knows.
{{ config(materialized='ephemeral') }}

-- depends_on: {{ ref('build_started') }}
select tenant, finding_id, severity, finding, object, object_id, sentence
from {{ ref('int_findings') }}
