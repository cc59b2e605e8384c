-- The versions of all records as a table that spark/versions.py keeps, with the columns of the view silver.versions: what lasts is in a
-- partition of its own, so that neither "now" nor "as of" a late moment reads what ended long before.
CREATE NAMESPACE IF NOT EXISTS silver;

CREATE TABLE IF NOT EXISTS silver.versions (
  account_id STRING COMMENT 'the account: DigitalOcean\'s team',
  resource STRING,
  id STRING COMMENT 'below another record its parents\' ids stand before it',
  collection STRING COMMENT 'the ids of the parents, as in parent_id of the collection statuses; empty at the top',
  urn STRING,
  parent_id STRING COMMENT 'the id of the record that it is below',
  name STRING,
  region STRING,
  created_at TIMESTAMP COMMENT 'as DigitalOcean says it',
  op STRING COMMENT 'how it came to be so: c created, u updated, r first seen',
  lsn BIGINT COMMENT 'the number of the event that made it so',
  valid_after TIMESTAMP COMMENT 'it became so after this; null when it was so in the initial snapshot',
  valid_before TIMESTAMP COMMENT 'it became so before this',
  ended_after TIMESTAMP COMMENT 'it ended after this; null while it lasts',
  ended_before TIMESTAMP COMMENT 'it ended before this; null while it lasts',
  body STRING COMMENT 'the record as DigitalOcean sent it, as JSON; null where it was too large for an event',
  body_sha256 STRING COMMENT 'of a body that was too large'
) USING iceberg PARTITIONED BY (resource, months(ended_before)) TBLPROPERTIES (
  'write.metadata.delete-after-commit.enabled' = 'true', 'write.metadata.previous-versions-max' = '20',
  'history.expire.max-snapshot-age-ms' = '86400000', 'history.expire.min-snapshots-to-keep' = '10'
);

ALTER TABLE silver.versions WRITE DISTRIBUTED BY PARTITION LOCALLY ORDERED BY account_id, id, lsn;
