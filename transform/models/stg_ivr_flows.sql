with loaded as (
    select
        tenant,
        id as flow_id,
        {{ loaded_column('accessCode') }} as access_code,
        {{ loaded_column('description') }} as description,
        {{ loaded_column('flowFileName') }} as flow_file_name,
        {{ loaded_column('isLoad') }} as is_load,
        {{ loaded_column('flowType') }} as flow_type,
        {{ loaded_column('maxCallNum') }} as max_concurrent_calls,
        _sdc_extracted_at as last_seen_at,
        cast(_sdc_deleted_at as {{ dbt.type_timestamp() }}) as marked_at
    from {{ source('tap_ivrflow', 'ivr_flows') }}
)

select
    loaded.tenant,
    loaded.flow_id,
    loaded.access_code,
    loaded.description,
    loaded.flow_file_name,
    case loaded.is_load when 0 then false when 1 then true end as is_loaded,
    loaded.flow_type,
    coalesce(
        flow_types.flow_type_name,
        'unknown (' || cast(loaded.flow_type as {{ dbt.type_string() }}) || ')'
    ) as flow_type_name,
    loaded.max_concurrent_calls,
    loaded.last_seen_at,
    coalesce(loaded.marked_at, gone.noticed_at) as deleted_at,
    coalesce(loaded.marked_at, gone.noticed_at) is not null as is_deleted
from loaded
left join {{ ref('flow_types') }} as flow_types
    on loaded.flow_type = flow_types.flow_type
-- A flow that came back was seen later, and is no longer gone.
left join {{ ref('flows_gone') }} as gone
    on
        loaded.tenant = gone.tenant
        and loaded.flow_id = gone.flow_id
        and loaded.last_seen_at = gone.last_seen_at
