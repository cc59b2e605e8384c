-- What is there now.
SELECT resource, account_id, id, name, body
FROM silver.versions
WHERE ended_before IS NULL
ORDER BY 1, 2, 3
