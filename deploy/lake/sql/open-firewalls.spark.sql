-- Firewalls that were open to the world on a day, at any time of it: which ports, and to how many Droplets by name and by tag.
DECLARE OR REPLACE VARIABLE day = DATE '2026-11-30';
SELECT DISTINCT f.account_id, f.name, r.protocol, r.ports, size(f.droplet_ids) AS droplets, f.tags
FROM (SELECT v.*, explode(v.inbound_rules) AS r FROM silver.firewalls_versions v
  WHERE v.valid_before < day + INTERVAL 1 DAY AND (v.ended_before IS NULL OR v.ended_before > day)) f
WHERE array_contains(r.sources.addresses, '0.0.0.0/0') OR array_contains(r.sources.addresses, '::/0')
ORDER BY 1, 2, 3, 4
