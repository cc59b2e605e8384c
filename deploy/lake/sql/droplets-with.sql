-- Droplets with their firewalls, by name and by tag, and their volumes at a moment (in UTC), as they were last seen before.
SET VARIABLE moment = TIMESTAMP '2026-11-30 12:00:00';
WITH d AS (SELECT v.* FROM silver.droplets_versions v WHERE v.valid_before <= getvariable('moment') AND (v.ended_before IS NULL OR v.ended_before > getvariable('moment'))),
f AS (SELECT v.* FROM silver.firewalls_versions v WHERE v.valid_before <= getvariable('moment') AND (v.ended_before IS NULL OR v.ended_before > getvariable('moment'))),
o AS (SELECT v.* FROM silver.volumes_versions v WHERE v.valid_before <= getvariable('moment') AND (v.ended_before IS NULL OR v.ended_before > getvariable('moment')))
SELECT d.account_id, d.id, d.name, d.public_ipv4,
  (SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM f WHERE f.account_id = d.account_id AND (list_contains(f.droplet_ids, d.id) OR list_has_any(f.tags, d.tags))) AS firewalls,
  (SELECT string_agg(o.name, ', ' ORDER BY o.name) FROM o WHERE o.account_id = d.account_id AND list_contains(o.droplet_ids, d.id)) AS volumes
FROM d
ORDER BY 1, 2
