{#- The rows of a loaded list under readable names, each with is_deleted. `columns` has one
    (loaded name, our name, type) for each column. A list that nobody loaded has no rows; `dbt compile
    --no-introspect`, which cannot look, takes each for loaded. -#}
{% macro loaded_rows(stream, columns) -%}
    {%- set list = source('tap_ivrflow', stream) -%}
    {%- set proofs = ref('stg_ivrflow__extractions') -%}
    {%- if execute and flags.INTROSPECT and load_relation(list) is none -%}
        select
            cast(null as text) as tenant,
            {%- for _, name, type in columns %} cast(null as {{ type }}) as {{ name }}, {%- endfor %}
            cast(null as {{ dbt.type_timestamp() }}) as last_seen_at,
            cast(null as boolean) as is_deleted
        where false
    {%- else -%}
        select
            loaded.tenant,
            {%- for loaded_name, name, type in columns %}
                cast(loaded.{{ loaded_column(loaded_name) }} as {{ type }}) as {{ name }},
            {%- endfor %}
            cast(loaded._sdc_extracted_at as {{ dbt.type_timestamp() }}) as last_seen_at,
            case
                -- Marked by a target that obeys ACTIVATE_VERSION. It may mark all rows, and die before it
                -- loads them again: then no later run has a proof.
                when loaded._sdc_deleted_at is not null and coalesce(loaded.extraction, 0) < newest.extraction
                then true
                -- Never read completely since the lists have a proof: nothing is concluded.
                when proofs.extraction is null
                then false
                -- Greater: a run that died later on moved the row forward.
                when loaded.extraction >= proofs.extraction
                then false
                -- Seen by an older run only, or before rows had the number of their run (null).
                else true
            end as is_deleted
        from {{ list }} as loaded
        left join {{ proofs }} as proofs on loaded.tenant = proofs.tenant and proofs.stream = '{{ stream }}'
        cross join (select max(extraction) as extraction from {{ proofs }}) as newest
    {%- endif %}
{%- endmacro %}
