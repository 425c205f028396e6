-- As many rows of a list as its proof says, for each list of each tenant: a target may lose rows and end well.
-- dbt says in which table it keeps the rows of a failure.
-- In the DAG it has one parent, the source extractions, and so has every model: dbt then runs it before all of
-- them. With a second parent it would come too late for the models that lack that parent.
{{ config(enabled=var('check_loads'), store_failures=true) }}
{%- set extractions = source('tap_ivrflow', 'extractions') %}

with found as (
    select cast(null as text) as tenant, cast(null as text) as stream, cast(null as bigint) as extraction
    where false
    {%- for stream in var('lists') %}
    {%- if execute and (not flags.INTROSPECT or adapter.get_relation(extractions.database, extractions.schema, stream)) %}
    union all
    select tenant, '{{ stream }}', extraction from {{ extractions.incorporate(path={'identifier': stream}) }}
    {%- endif %}
    {%- endfor %}
)

select
    proofs.tenant,
    proofs.stream,
    proofs.records as expected,
    count(found.extraction) as found
from {{ extractions }} as proofs
left join found
    on
        proofs.tenant = found.tenant
        and proofs.stream = found.stream
        and proofs.extraction = found.extraction
where proofs.stream in ('{{ var('lists') | join("', '") }}')
group by proofs.tenant, proofs.stream, proofs.records
having count(found.extraction) <> coalesce(proofs.records, -1)
