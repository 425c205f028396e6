-- Rows from before the column extraction, of a list that was never read completely since. Deleted rows
-- are among them.
{{ config(severity='warn', store_failures=true) }}

with found as ({{ run_of_each_row() }})

select found.tenant, found.stream, count(*) as found
from found
left join
    {{ source('tap_ivrflow', 'extractions') }} as proofs
    on found.tenant = proofs.tenant
    and found.stream = proofs.stream
where proofs.tenant is null and not found.is_marked
group by found.tenant, found.stream
having max(found.extraction) is null
