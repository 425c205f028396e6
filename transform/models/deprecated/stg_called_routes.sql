select * from {{ ref('stg_ivrflow__routes') }}
