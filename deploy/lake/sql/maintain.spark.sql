-- Once a day: many small files become few, sorted; of the marks of past days a collection keeps its last one of each day, and each
-- change of its status, and of the looks an account's last ones that tell of all collections, and those since; and the snapshots of more than a day ago go, with the files that only they had.
CALL iceberg.system.rewrite_data_files(table => 'bronze.events', strategy => 'sort', options => map('min-input-files', '2'));
MERGE INTO bronze.marks t USING (
  SELECT kafka_topic, kafka_partition, kafka_offset
  FROM (
    SELECT m.*, lag(named_struct('status', status, 'reason', reason)) OVER (PARTITION BY account_id, resource, parent_id ORDER BY kafka_offset) AS was,
      row_number() OVER (PARTITION BY account_id, resource, parent_id, CAST(kafka_timestamp AS DATE) ORDER BY kafka_offset DESC) AS from_last
    FROM bronze.marks m WHERE kafka_timestamp < current_date())
  WHERE from_last > 1 AND was <=> named_struct('status', status, 'reason', reason)) s
ON t.kafka_timestamp < current_date() AND t.kafka_topic = s.kafka_topic AND t.kafka_partition = s.kafka_partition AND t.kafka_offset = s.kafka_offset
WHEN MATCHED THEN DELETE;
CALL iceberg.system.rewrite_data_files(table => 'bronze.marks', strategy => 'sort', options => map('min-input-files', '2'));
MERGE INTO bronze.looks t USING (SELECT account_id, max(seq) AS seq FROM bronze.looks WHERE ages IS NOT NULL GROUP BY 1) s
ON t.kafka_timestamp < current_date() AND t.account_id = s.account_id AND t.seq < s.seq
WHEN MATCHED THEN DELETE;
CALL iceberg.system.rewrite_data_files(table => 'bronze.looks', strategy => 'sort', options => map('min-input-files', '2'));
CALL iceberg.system.rewrite_manifests(table => 'bronze.events');
CALL iceberg.system.rewrite_manifests(table => 'bronze.marks');
CALL iceberg.system.rewrite_manifests(table => 'bronze.looks');
CALL iceberg.system.expire_snapshots(table => 'bronze.events');
CALL iceberg.system.expire_snapshots(table => 'bronze.marks');
CALL iceberg.system.expire_snapshots(table => 'bronze.looks');
