-- As many rows of a list as its proof says, for each list of each tenant: a target may lose rows and end
-- well. And no rows of a run that left no proof: it died, or the target lost the proof, and deleted rows
-- would come back. dbt says in which table it keeps the rows of a failure.
-- In the DAG it has one parent, the source extractions, and so has every model: dbt then runs it before all
-- of them. With a second parent it would come too late for the models that lack that parent.
{{ config(enabled=var('check_loads'), store_failures=true) }}
{%- set extractions = source('tap_ivrflow', 'extractions') %}

with found as ({{ run_of_each_row() }})

select proofs.tenant, proofs.stream, proofs.records as expected, count(found.extraction) as found
from {{ extractions }} as proofs
left join
    found
    on proofs.tenant = found.tenant
    and proofs.stream = found.stream
    and proofs.extraction = found.extraction
where proofs.stream in ({{ "'" ~ var('lists') | join("', '") ~ "'" }})
group by proofs.tenant, proofs.stream, proofs.records
having count(found.extraction) <> coalesce(proofs.records, -1)

union all

select found.tenant, found.stream, null, count(*)
from found
left join {{ extractions }} as proofs on found.tenant = proofs.tenant and found.stream = proofs.stream
where proofs.tenant is null and found.extraction is not null and not found.is_marked
group by found.tenant, found.stream
