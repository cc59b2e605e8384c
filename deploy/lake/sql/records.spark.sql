-- Each record once, as it is now or was when it was deleted, with its body to ask into: body:size.price_monthly::double
CREATE NAMESPACE IF NOT EXISTS silver;

CREATE TABLE IF NOT EXISTS silver.records (
  account_id STRING, resource STRING, id STRING, parent_id STRING, name STRING, region STRING, created_at STRING, body VARIANT,
  lsn BIGINT, seen_ms BIGINT, deleted BOOLEAN
) USING iceberg PARTITIONED BY (resource) TBLPROPERTIES ('format-version' = '3');
