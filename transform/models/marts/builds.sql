-- A build is in it once all histories are written. Like them it cannot be computed again.
{{ config(materialized='incremental', full_refresh=false) }}

{% for history in ['flow', 'route', 'queue', 'hotline', 'survey', 'finding'] -%}
-- depends_on: {{ ref(history ~ '_history') }}
{% endfor -%}
select began_at
from {{ ref('build_started') }}
{%- if flags.INTROSPECT and is_incremental() %}
    where began_at not in (select began_at from {{ this }})
{%- endif %}
