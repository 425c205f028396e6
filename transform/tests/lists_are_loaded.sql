-- Where a list was not loaded nothing is found in it, which looks as if all were well.
{{ config(severity='warn', store_failures=true) }}
{%- set freshness = ref('tenant_freshness') %}
{%- if execute and flags.INTROSPECT %}
    {%- set missing = run_query(
        "select stream, not_looked_for, count(*) as tenants, min(tenant) as first from " ~ freshness
        ~ " where extracted_at is null group by stream, not_looked_for order by stream"
    ) %}
    {%- for stream, not_looked_for, tenants, first in missing.rows %}
        {%- do exceptions.warn(
            stream ~ " was not loaded for " ~ tenants ~ " tenant(s), such as " ~ first
            ~ ". So these could not be found there: " ~ not_looked_for ~ "."
        ) %}
    {%- endfor %}
{%- endif %}

select tenant, stream, not_looked_for
from {{ freshness }}
where extracted_at is null
