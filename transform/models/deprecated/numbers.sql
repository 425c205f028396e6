select * from {{ ref('dialled_numbers') }}
