-- Droplets with their firewalls, by name and by tag, and their volumes at a moment (in UTC), as they were last seen before.
DECLARE OR REPLACE VARIABLE moment = TIMESTAMP '2026-11-30 12:00:00';
WITH d AS (SELECT v.* FROM silver.droplets_versions v WHERE v.valid_before <= moment AND (v.ended_before IS NULL OR v.ended_before > moment)),
f AS (SELECT v.* FROM silver.firewalls_versions v WHERE v.valid_before <= moment AND (v.ended_before IS NULL OR v.ended_before > moment)),
o AS (SELECT v.* FROM silver.volumes_versions v WHERE v.valid_before <= moment AND (v.ended_before IS NULL OR v.ended_before > moment)),
df AS (SELECT d.account_id, d.id, listagg(f.name, ', ') WITHIN GROUP (ORDER BY f.name) AS names FROM d JOIN f
  ON f.account_id = d.account_id AND (array_contains(f.droplet_ids, d.id) OR arrays_overlap(f.tags, d.tags)) GROUP BY 1, 2),
dv AS (SELECT d.account_id, d.id, listagg(o.name, ', ') WITHIN GROUP (ORDER BY o.name) AS names FROM d JOIN o
  ON o.account_id = d.account_id AND array_contains(o.droplet_ids, d.id) GROUP BY 1, 2)
SELECT d.account_id, d.id, d.name, d.public_ipv4, df.names AS firewalls, dv.names AS volumes
FROM d LEFT JOIN df ON df.account_id = d.account_id AND df.id = d.id LEFT JOIN dv ON dv.account_id = d.account_id AND dv.id = d.id
ORDER BY 1, 2
