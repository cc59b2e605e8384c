{{ config(materialized='view') }}
SELECT * EXCLUDE (ended_after, ended_before)
FROM {{ ref('versions') }}
WHERE ended_before IS NULL
