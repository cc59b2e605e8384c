package schema_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// without are the GETs of DigitalOcean's document that have no row, with the reason. What a row has by id, what reveals
// a credential (contract.Never) and the measurements below /v2/monitoring/metrics are not named here.
var without = map[string]string{
	"/v1/batches": "on another host, with a key of its own: an account's token " +
		"doesn't reach it", "/v1/models": "on another host, with a key of its own: an account's token doesn't reach it",
	"/v2/add-ons/apps/{app_slug}/metadata": "how the form of a " +
		"catalogue's add-on looks", "/v2/apps/{app_id}/metrics/bandwidth_daily": "a measurement, not a state",
	"/v2/billing/{account_urn}/insights/{start_date}/{end_date}": "a computed window of at most 31 days, whose lines have no id and move until they are billed: `invoice_items` has what is final",
	"/v2/customers/my/invoices/{invoice_uuid}/csv":               "a file of what `invoice_items` tells",
	"/v2/customers/my/invoices/{invoice_uuid}/pdf":               "a file of what `invoice_items` tells",
	"/v2/customers/my/invoices/{invoice_uuid}/summary":           "names and addresses beside the sums that `invoices` has",
	"/v2/databases/{database_cluster_uuid}/do_settings":          "stands in `databases`",
	"/v2/databases/{database_cluster_uuid}/online-migration": "the progress of the " +
		"latest migration only", "/v2/databases/{database_cluster_uuid}/schema-registry/config/{subject_name}": "a request " +
		"for each subject of each Kafka cluster",
	"/v2/databases/{database_cluster_uuid}/schema-registry/{subject_name}/versions/{version}": "a request for each version of each subject: `database_schema_subjects` has the present one",
	"/v2/dedicated-inferences/gpu-model-config": "a public catalogue that " +
		"changes with a release of the product", "/v2/dedicated-inferences/sizes": "a public price table",
	"/v2/dedicated-inferences/{dedicated_inference_id}/accelerators": "the machines behind `dedicated_inferences`, which has their number",
	"/v2/dedicated-inferences/{dedicated_inference_id}/ca": "a public certificate, a request " +
		"for each instance", "/v2/droplets/backups/supported_policies": "three public words",
	"/v2/droplets/{droplet_id}/actions":        "the same entries are in `actions`",
	"/v2/droplets/{droplet_id}/backups/policy": "stands in `droplet_backup_policies`",
	"/v2/droplets/{droplet_id}/destroy_with_associated_resources": "what a delete would take along: computed " +
		"from other resources", "/v2/floating_ips/{floating_ip}/actions": "the same entries are in `actions`",
	"/v2/gen-ai/agents/{uuid}/child_agents":            "stands in `gen_ai_agent_details`",
	"/v2/gen-ai/agents/{uuid}/usage":                   "a measurement, not a state",
	"/v2/gen-ai/agents/{uuid}/versions":                "they are the events of `gen_ai_agents` and `gen_ai_agent_details`",
	"/v2/gen-ai/anthropic/keys/{uuid}/agents":          "`gen_ai_agent_details` has each agent's key",
	"/v2/gen-ai/evaluation_runs/{evaluation_run_uuid}": "stands in `gen_ai_evaluation_runs`",
	"/v2/gen-ai/evaluation_runs/{evaluation_run_uuid}/results": "prompts and answers of a run: " +
		"content, not state", "/v2/gen-ai/indexing_jobs/{indexing_job_uuid}/data_sources": "stands in `gen_ai_indexing_jobs`",
	"/v2/gen-ai/knowledge_bases/{knowledge_base_uuid}/indexing_jobs": "stands in `gen_ai_indexing_jobs`",
	"/v2/gen-ai/model_evaluation_metrics":                            "built-in metrics; the account's own are in `gen_ai_evaluation_metrics`",
	"/v2/gen-ai/models/routers/presets":                              "a public catalogue of examples",
	"/v2/gen-ai/models/routers/tasks/presets":                        "a public catalogue of examples",
	"/v2/gen-ai/openai/keys/{uuid}/agents":                           "`gen_ai_agent_details` has each agent's key",
	"/v2/gen-ai/workspaces/{workspace_uuid}/agents":                  "stands in `gen_ai_workspaces`",
	"/v2/gen-ai/workspaces/{workspace_uuid}/evaluation_test_cases":   "stands in `gen_ai_workspaces`",
	"/v2/images/{image_id}/actions":                                  "the same entries are in `actions`",
	"/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources": "what a delete would take along: computed " +
		"from other resources",
	"/v2/kubernetes/clusters/{cluster_id}/status_messages": "DigitalOcean's messages to the owner, without an id",
	"/v2/kubernetes/clusters/{cluster_id}/user":            "tells who asks, not what the cluster is",
	"/v2/nfs/access_points/{access_point_id}":              "stands in `nfs_shares`",
	"/v2/nfs/shares/{share_id}/access_points":              "stands in `nfs_shares`",
	"/v2/partner_network_connect/attachments/{pa_id}/remote_routes": "routes that were learned from the " +
		"other side, and flap", "/v2/projects/default": "the default project stands in `projects`",
	"/v2/projects/default/resources":                    "the default project's stand in `project_resources`",
	"/v2/registries/{registry_name}/garbage-collection": "the run of this moment: `registry_garbage_collections` has all",
	"/v2/registry":                                                        "deprecated: the same is at /v2/registries",
	"/v2/registry/options":                                                "deprecated: the same is at /v2/registries",
	"/v2/registry/subscription":                                           "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/garbage-collection":                     "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/garbage-collections":                    "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/repositories":                           "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/repositories/{repository_name}/digests": "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/repositories/{repository_name}/tags":    "deprecated: the same is at /v2/registries",
	"/v2/registry/{registry_name}/repositoriesV2":                         "deprecated: the same is at /v2/registries",
	"/v2/reports/droplet_neighbors_ids":                                   "lists of ids without an id of their own: `droplet_neighbors` tells them by Droplet",
	"/v2/reserved_ips/{reserved_ip}/actions":                              "the same entries are in `actions`",
	"/v2/security/scans/latest":                                           "stands in `security_scans`",
	"/v2/security/scans/{scan_id}/findings/{finding_uuid}/affected_resources": "no listing has the finding's uuid that " +
		"the path asks for", "/v2/vector-databases/{id}/backups/{backup_id}/restore": "the progress of one restore",
	"/v2/volumes/snapshots/{snapshot_id}": "stands in `snapshots`",
	"/v2/volumes/{volume_id}/actions":     "the same entries are in `actions`",
	"/v2/vpcs/{vpc_id}/peerings":          "stands in `vpc_peerings`",
}

// TestWhatDigitalOceanOffersHasARowOrAReason fails with a new document that offers something new, until somebody
// decides.
func TestWhatDigitalOceanOffersHasARowOrAReason(t *testing.T) {
	c := readContract(t)
	rows, gets := map[string]bool{}, map[string]bool{}
	for i := range schema.Catalog {
		rows[blank(schema.Catalog[i].Path)] = true
	}
	if len(c.GETs) != 340 || len(c.Later) != 132 {
		t.Errorf("%d GETs of the document, and %d that came later: want 340 and 132, or the new number here",
			len(c.GETs), len(c.Later))
	}
	for get := range c.GETs {
		gets[blank(get)] = true
	}
	for get := range c.GETs {
		path := blank(get)
		_, never := c.Never[get]
		listing, byID := strings.CutSuffix(path, "/{}")
		told := rows[path] || never || byID && gets[listing] || strings.HasPrefix(get, "/v2/monitoring/metrics/")
		_, reason := without[get]
		switch {
		case !told && !reason:
			t.Errorf("%s: DigitalOcean offers it, and there is neither a row nor a reason", get)
		case rows[path] && (reason || never):
			t.Errorf("%s: there is a row, and a reason why there is none", get)
		}
	}
	for path := range without {
		_, offered := c.GETs[path]
		if !offered && !slices.ContainsFunc(c.Later, func(l laterFact) bool { return l.Path == path && l.Verdict == "" }) {
			t.Errorf("%s: DigitalOcean doesn't offer it any more: take the reason out", path)
		}
	}
}

// TestWhatCameLaterHasARowOrAReason holds the same of what godo has beside the document.
func TestWhatCameLaterHasARowOrAReason(t *testing.T) {
	c := readContract(t)
	verdicts := map[string]int{}
	for _, get := range c.Later {
		verdicts[get.Verdict]++
		row := schema.Lookup(get.Name)
		switch get.Verdict {
		case "resource":
			if row == nil || blank(row.Path) != blank(get.Path) {
				t.Errorf("%s: there is no row %s of it", get.Path, get.Name)
			}
		case "":
			listing, byID := strings.CutSuffix(blank(get.Path), "/{}")
			isRow := func(path string) bool {
				return slices.ContainsFunc(schema.Catalog, func(r schema.Resource) bool { return blank(r.Path) == path })
			}
			if _, reason := without[get.Path]; !reason && !isRow(blank(get.Path)) && !(byID && isRow(listing)) {
				t.Errorf("%s: %s offers it, and there is neither a row nor a reason", get.Path, get.Since)
			}
		case "get of a resource":
			if row == nil {
				t.Errorf("%s: there is no row %s that it shows one of", get.Path, get.Name)
			}
		default:
			if get.Why == ": " {
				t.Errorf("%s: there is neither a row nor a reason", get.Path)
			}
		}
	}
	if want := map[string]int{"resource": 41, "get of a resource": 28, "excluded": 63}; !maps.Equal(verdicts, want) {
		t.Errorf("%v, want %v", verdicts, want)
	}
}

// TestNoRowAsksForACredential holds listings and GETs by id against what makes or shows one.
func TestNoRowAsksForACredential(t *testing.T) {
	c := readContract(t)
	if len(c.Never) < 20 {
		t.Fatalf("%d paths are never to be called, want at least 20", len(c.Never))
	}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		get := r.Get
		if get == "" {
			get = r.Path + "/{id}"
		}
		for path, why := range c.Never {
			if blank(path) == blank(r.Path) || blank(path) == blank(get) && r.Absent == schema.ByGet {
				t.Errorf("%s: %s: %s", r.Name, path, why)
			}
		}
	}
}

// offeredPage writes what has no topic.
func offeredPage(b *bytes.Buffer, c contract) {
	b.WriteString(`
## Never asked for

These make or show a credential, whatever the token may do: seachange has no way to ask for them.

| path | why |
|---|---|
`)
	reasons(b, c.Never)
	b.WriteString(`
## Without a topic

What else DigitalOcean's document offers. Measurements, all below /v2/monitoring/metrics, are for a monitoring system.

| path | why it has no topic |
|---|---|
`)
	reasons(b, without)
	b.WriteString(`
And of what godo, DigitalOcean's client, has beside the document:

| path | why it has no topic |
|---|---|
`)
	later := map[string]string{}
	for _, get := range c.Later {
		if _, never := c.Never[get.Path]; get.Verdict == "excluded" && !never {
			later[get.Path] = get.Why
		}
	}
	reasons(b, later)
}

func reasons(b *bytes.Buffer, why map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(why)) {
		fmt.Fprintf(b, "| %s | %s |\n", code(schema.Paths(path)), why[path])
	}
}
