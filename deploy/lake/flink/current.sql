-- The account as it is now, in Flink: sql-client.sh --library file:///JARS --file current.sql, with the jars of pom.xml in /JARS.
-- Replace the brokers. A table for each resource that you need; its primary key makes of the events what is there.
SET 'execution.runtime-mode' = 'streaming';
SET 'sql-client.execution.result-mode' = 'tableau';

CREATE TABLE droplets (
  account_id STRING, id STRING, urn STRING, parent_id STRING, name STRING, region STRING, created_at STRING, body STRING, body_sha256 STRING,
  seen TIMESTAMP_LTZ(3) METADATA FROM 'value.source.timestamp' VIRTUAL,
  source MAP<STRING, STRING> METADATA FROM 'value.source.properties' VIRTUAL,
  PRIMARY KEY (account_id, id) NOT ENFORCED
) WITH (
  'connector' = 'kafka', 'topic' = 'digitalocean.droplets', 'properties.bootstrap.servers' = 'kafka:19092',
  'properties.isolation.level' = 'read_committed', -- without it aborted events are counted
  'scan.startup.mode' = 'earliest-offset', 'format' = 'debezium-json'
);

CREATE TABLE tags WITH ('topic' = 'digitalocean.tags') LIKE droplets (OVERWRITING OPTIONS);

CREATE TABLE firewalls WITH ('topic' = 'digitalocean.firewalls') LIKE droplets (OVERWRITING OPTIONS);

-- How many there are, live: each change of a number is a row.
SELECT resource, COUNT(*) AS records FROM (
  SELECT 'droplets' AS resource FROM droplets UNION ALL SELECT 'tags' FROM tags UNION ALL SELECT 'firewalls' FROM firewalls)
GROUP BY resource;
