-- Another value has no documented meaning: is_loaded is null for it.
{{ config(severity='warn') }}

select tenant, id, {{ loaded_column('isLoad') }} as is_load
from {{ source('tap_ivrflow', 'ivr_flows') }}
where {{ loaded_column('isLoad') }} not in (0, 1)
