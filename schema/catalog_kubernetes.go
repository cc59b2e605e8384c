package schema

// Kubernetes. Node counts and the states of nodes are news, also when an autoscaler makes them.
var kubernetesRows = []Resource{
	{
		Name: "kubernetes_clusters", Path: "/v2/kubernetes/clusters", Items: "kubernetes_clusters", Scope: "kubernetes:read",
		Weight: 3, ChangeRate: 10,
		ID: "id", Born: "created_at", Clock: "updated_at", URN: "kubernetes",
		Sets:        "tags registries control_plane_firewall.allowed_addresses",
		Ignore:      "updated_at",
		FieldScopes: map[string]Paths{"tags": "tags", "vpcs": "vpc_uuid worker_subnet_uuid"},
		Summary:     "{version} in {region}",
	},
	{
		Name: "kubernetes_node_pools", Path: "/v2/kubernetes/clusters/{kubernetes_clusters}/node_pools", Items: "node_pools",
		Embed: "node_pools", Scope: "kubernetes:read", PerPage: -1,
		ID:          "id",
		Sets:        "tags taints[key+value+effect] nodes[id]",
		Ignore:      "nodes[].updated_at",
		FieldScopes: map[string]Paths{"tags": "tags"},
		Summary:     "{count} × {size}",
		Why: map[string]string{
			"count":              "scaling is news, whoever does it",
			"nodes[].updated_at": "moves with the node's heartbeat; its state is what counts",
			"nodes":              "a node that comes, goes or isn't ready is news",
		},
	},
	{
		Name: "kubernetes_upgrades", Path: "/v2/kubernetes/clusters/{kubernetes_clusters}/upgrades",
		Items: "available_upgrade_versions", Absent: Twice, Scope: "kubernetes:read", PerPage: -1, Group: "metrics",
		ID: "slug", Title: "kubernetes_version",
		Sets: "supported_features",
	},
	{
		Name: "kubernetes_clusterlint", Path: "/v2/kubernetes/clusters/{kubernetes_clusters}/clusterlint", Kind: Single,
		Absent: WithParent, Scope: "kubernetes:read", PerPage: -1, Group: "metrics",
		Sets: "diagnostics[check_name] diagnostics[].object.owners",
		Why: map[string]string{
			"completed_at": "all that the resource is for",
			"diagnostics":  "all that the resource is for",
			"requested_at": "all that the resource is for",
			"run_id":       "all that the resource is for",
		},
	},
}
