package deploy_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the chart's output anew")

const chart = "helm/seachange"

// helm runs Helm, which .ci/deploy installs; without it there is nothing to try.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("helm")
	if err != nil {
		t.Skip("needs helm: bash .ci/deploy installs it and runs this")
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(out), err
}

func template(t *testing.T, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"template", "seachange", chart, "--namespace", "watch", "--kube-version", "1.34"}, args...)
	return helm(t, args...)
}

// Five sets of values: the chart is sound, what it makes is as it was, and Kubernetes knows each of its fields.
func TestTheChartsOutput(t *testing.T) {
	sets, err := filepath.Glob("testdata/helm/*.values.yaml")
	if err != nil || len(sets) != 5 {
		t.Fatalf("%d sets of values, %v", len(sets), err)
	}
	for _, values := range sets {
		name := strings.TrimSuffix(filepath.Base(values), ".values.yaml")
		t.Run(name, func(t *testing.T) {
			if out, err := helm(t, "lint", "--strict", "--kube-version", "1.34", chart, "--values", values); err != nil {
				t.Errorf("lint: %v\n%s", err, out)
			}
			out, err := template(t, "--values", values)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			page := filepath.Join("testdata", "helm", name+".yaml")
			same(t, page, out)
			if name == "single" {
				plain := strings.NewReplacer("namespace: watch\n", "", "Helm\n", "kustomize\n").Replace(out)
				same(t, "kustomize/seachange.yaml", plain)
			}
			validate(t, page)
		})
	}
}

// same holds a file against a text, or writes it.
func same(t *testing.T, page, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(read(t, page)), text); d != "" {
		t.Errorf("%s is stale: go test ./deploy -run TestTheChartsOutput -update (-was +now):\n%s", page, d)
	}
}

// validate holds what is made against Kubernetes's schemas, less the operator's kinds, which it doesn't know.
func validate(t *testing.T, page string) {
	t.Helper()
	path, err := exec.LookPath("kubernetes-validate")
	if err != nil {
		t.Skip("the rest needs kubernetes-validate: bash .ci/deploy installs it and runs this")
	}
	var known []string
	for doc := range strings.SplitSeq(string(read(t, page)), "---\n") {
		if !strings.Contains(doc, "monitoring.coreos.com") && strings.Contains(doc, "kind:") {
			known = append(known, doc)
		}
	}
	file := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(known, "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), path, "-k", "1.34", "--strict", file).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", page, err, out)
	}
}

// Each value that is wrong is refused, by its name.
func TestTheChartRefusesWrongValues(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"replicas=0", "replicas"},
		{"replicas=many", "replicas"},
		{"kind=DaemonSet", "kind"},
		{"config.brokers=kafka", "brokers"},
		{"config.brokers={kafka}", "brokers"},
		{"config.data_dir=/data", "config"},
		{"config.listen=:1", "config"},
		{"accounts[0].name=No Name", "name"},
		{"accounts[0].token=dop_v1_obviously-fake", "accounts"},
		{"accounts[0].secret.key=", "key"},
		{"accounts=null", "accounts"},
		{"image.digest=latest", "digest"},
		{"image.pullPolicy=Sometimes", "pullPolicy"},
		{"serviceMonitor.interval=often", "interval"},
		{"networkPolicy.brokerPorts={0}", "brokerPorts"},
		{"maskKey.key=secret", "maskKey"},
		{"replica=3", "replica"},
	} {
		out, err := template(t, "--values", "testdata/helm/small.values.yaml", "--set", tt.set)
		if err == nil || !strings.Contains(out, tt.want) {
			t.Errorf("--set %s: %v, want a refusal that says %q:\n%s", tt.set, err, tt.want, out)
		}
	}
}

// The program itself takes the configuration files that the chart writes: it misses nothing but the tokens' files.
func TestTheProgramTakesTheChartsConfiguration(t *testing.T) {
	pages, err := filepath.Glob("testdata/helm/*.values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "seachange")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../cmd/seachange")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, page := range pages {
		page = strings.Replace(page, ".values", "", 1)
		for doc := range strings.SplitSeq(string(read(t, page)), "---\n") {
			var object struct {
				Kind string
				Data map[string]string
			}
			if err := yaml.Unmarshal([]byte(doc), &object); err != nil || object.Kind != "ConfigMap" {
				continue
			}
			file := filepath.Join(t.TempDir(), "seachange.yaml")
			if err := os.WriteFile(file, []byte(object.Data["seachange.yaml"]), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), program, "run", "--config", file).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "/var/run/secrets/seachange/") {
				t.Errorf("%s: %v: %s, want it to miss nothing but the secrets' files", page, err, out)
			}
		}
	}
}
