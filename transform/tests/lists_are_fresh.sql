-- One tenant that failed for days must not hide behind the others.
{{ config(severity='warn', store_failures=true) }}

select tenant, stream, extracted_at, hours_ago
from {{ ref('tenant_freshness') }}
where hours_ago > {{ var('fresh_within_hours') }}
