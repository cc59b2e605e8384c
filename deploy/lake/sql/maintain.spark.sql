-- Once a day: many small files become few, and the snapshots of more than a day ago go, with the files that only they had.
CALL iceberg.system.rewrite_data_files(table => 'bronze.events', strategy => 'sort', sort_order => 'ts_ms', options => map('min-input-files', '2'));
CALL iceberg.system.rewrite_data_files(table => 'bronze.marks', options => map('min-input-files', '2'));
CALL iceberg.system.rewrite_manifests(table => 'bronze.events');
CALL iceberg.system.rewrite_manifests(table => 'bronze.marks');
CALL iceberg.system.expire_snapshots(table => 'bronze.events');
CALL iceberg.system.expire_snapshots(table => 'bronze.marks');
