-- Mermaid has no names that may hold any character: the nodes are numbered.
with
    nodes as (
        select *, row_number() over (partition by tenant order by node) as number
        from {{ ref('call_map_nodes') }}
    ),

    lines as (
        select
            tenant,
            1 as part,
            number as place,
            '  n'
            || cast(number as text)
            || case
                kind when 'number' then '(["' when 'queue' then '[["' when 'survey' then '>"' else '["'
            end
            || {{ mermaid_text("substr(case when kind = 'number' then coalesce(name, node) else node || coalesce(': ' || name, '') end, 1, 60)") }}
            || case when state = 'ok' then '' else ' (' || state || ')' end
            || case kind when 'number' then '"])' when 'queue' then '"]]' else '"]' end
            || case when state = 'ok' then '' else ':::' || replace(state, ' ', '_') end as line
        from nodes

        union all

        select
            edges.tenant,
            2,
            row_number() over (
                partition by edges.tenant order by origins.number, targets.number, edges.reason
            ),
            '  n'
            || cast(origins.number as text)
            || case when edges.state = 'broken' then ' -.->|"' else ' -->|"' end
            || edges.reason
            || '"| n'
            || cast(targets.number as text)
        from {{ ref('call_map_edges') }} as edges
        inner join nodes as origins on edges.tenant = origins.tenant and edges.from_node = origins.node
        inner join nodes as targets on edges.tenant = targets.tenant and edges.to_node = targets.node
    )

select
    tenant,
    'flowchart LR'
    || chr(10)
    || '  classDef broken fill:#fdd,stroke:#b00,color:#000'
    || chr(10)
    || '  classDef not_loaded fill:#fe9,stroke:#960,color:#000'
    || chr(10)
    || '  classDef unknown stroke-dasharray:4'
    || chr(10)
    || {{ dbt.listagg('line', 'chr(10)', 'order by part, place') }} as mermaid
from lines
group by tenant
