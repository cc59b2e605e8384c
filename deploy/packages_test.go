package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// unit are a systemd unit's settings; one that is given twice keeps the last.
func unit(t *testing.T) map[string]string {
	t.Helper()
	settings := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=(.*)$`).FindAllStringSubmatch(string(read(t, "packages/seachange.service")), -1) {
		settings[m[1]] = m[2]
	}
	return settings
}

// The service runs as its own user, with nothing to gain, and is started again after whatever may mend itself.
func TestTheUnitIsConfined(t *testing.T) {
	u := unit(t)
	for name, want := range map[string]string{
		"User": "seachange", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "",
		"StateDirectory": "seachange", "Restart": "always", "RestartPreventExitStatus": "2",
	} {
		if got, ok := u[name]; !ok || got != want {
			t.Errorf("%s=%s, want %q", name, got, want)
		}
	}
}

// The unit, its configuration and what the package installs name the same paths, and the program knows the settings.
func TestTheUnitStartsWhatThePackageInstalls(t *testing.T) {
	line := unit(t)["ExecStart"]
	if want := "/usr/bin/seachange run --config /etc/seachange/seachange.yaml"; line != want {
		t.Errorf("ExecStart=%s, want %s", line, want)
	}
	var release struct {
		Nfpms []struct {
			Bindir   string
			Contents []struct{ Src, Dst string }
		}
	}
	if err := yaml.Unmarshal(read(t, "../.goreleaser.yaml"), &release); err != nil {
		t.Fatal(err)
	}
	installed := map[string]bool{release.Nfpms[0].Bindir + "/seachange": true}
	for _, c := range release.Nfpms[0].Contents {
		installed[c.Dst] = true
		if _, err := os.Stat(filepath.Join("..", c.Src)); err != nil && !strings.HasPrefix(c.Src, "dist-pages/") {
			t.Errorf("%s, which is to be %s: %v", c.Src, c.Dst, err)
		}
	}
	for _, path := range []string{
		"/usr/bin/seachange", "/etc/seachange/seachange.yaml",
		"/usr/lib/systemd/system/seachange.service",
	} {
		if !installed[path] {
			t.Errorf("the package does not install %s: %v", path, installed)
		}
	}
	settings := map[string]any{}
	if err := yaml.Unmarshal(read(t, "packages/seachange.yaml"), &settings); err != nil {
		t.Fatal(err)
	}
	if settings["data_dir"] != "/var/lib/"+unit(t)["StateDirectory"] {
		t.Errorf("data_dir is %v, and the unit may write to /var/lib/%s", settings["data_dir"], unit(t)["StateDirectory"])
	}
	// A file that is not understood is exit code 2; this one lacks only its token.
	cmd := exec.CommandContext(t.Context(), "go", "run", "../cmd/seachange", "check", "--config",
		"packages/seachange.yaml", "--data-dir", t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "/etc/seachange/token") {
		t.Errorf("%v: %s, want it to miss nothing but the token's file", err, out)
	}
}

// The packages' scripts are sh, and say nothing when there is no systemd.
func TestThePackagesScriptsAreShell(t *testing.T) {
	for _, name := range []string{"packages/postinstall.sh", "packages/preremove.sh"} {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
