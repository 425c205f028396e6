select * from {{ ref('stg_ivrflow__flows') }}
