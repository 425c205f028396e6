select
    tenant,
    stream,
    extraction,
    -- Loaded as text, since targets change times. Without the Z every database takes it as it stands.
    cast(rtrim(extracted_at, 'Z') as {{ dbt.type_timestamp() }}) as extracted_at,
    records
from {{ source('tap_ivrflow', 'extractions') }}
