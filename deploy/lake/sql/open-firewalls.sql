-- Firewalls that were open to the world on a day, at any time of it: which ports, and to how many Droplets by name and by tag.
SET VARIABLE day = DATE '2026-11-30';
SELECT DISTINCT f.account_id, f.name, r.protocol, r.ports, len(f.droplet_ids) AS droplets, f.tags
FROM (SELECT v.*, unnest(v.inbound_rules) AS r FROM silver.firewalls_versions v
  WHERE v.valid_before < getvariable('day') + INTERVAL 1 DAY AND (v.ended_before IS NULL OR v.ended_before > getvariable('day'))) f
WHERE list_contains(r.sources.addresses, '0.0.0.0/0') OR list_contains(r.sources.addresses, '::/0')
ORDER BY 1, 2, 3, 4
