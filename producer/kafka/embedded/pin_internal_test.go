package embedded

import (
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
)

// The module that is built in is the one whose layout on disk is known.
func TestThePinIsGoMods(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", kfakePath).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != kfakeVersion {
		t.Errorf("go.mod has %s %s, and what is written and checked on disk was read from %s: compare persist.go of both, "+
			"run the tests with SEACHANGE_TEST_DAMAGES=1000, then move the pin", kfakePath, got, kfakeVersion)
	}
}

func TestABuildWithAnotherKfakeIsRefused(t *testing.T) {
	build := func(version string, replaced *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Deps: []*debug.Module{{Path: kfakePath, Version: version, Replace: replaced}}}
	}
	for _, tt := range []struct {
		name string
		info *debug.BuildInfo
		ok   bool
		want string
	}{
		{"as pinned", build(kfakeVersion, nil), true, ""},
		{"a build that doesn't tell", nil, false, ""},
		{"another version", build("v0.0.0-20990101000000-000000000000", nil), true, "v0.0.0-20990101000000-000000000000"},
		{
			"a fork", build(kfakeVersion, &debug.Module{Path: "example.com/kfake", Version: "v1.0.0"}), true,
			"example.com/kfake v1.0.0",
		},
	} {
		err := checkPin(tt.info, tt.ok)
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want an error that says %q", tt.name, err, tt.want)
		}
	}
}
