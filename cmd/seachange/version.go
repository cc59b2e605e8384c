package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/seachange/seachange/cmd/seachange/document"
)

// version is set at release: -ldflags "-X main.version=1.2.3".
var version string

type versionCmd struct {
	outputFlag
}

// Run prints which seachange this is.
func (c *versionCmd) Run(e *env) error {
	v := buildVersion()
	if c.Output == "json" {
		return e.printJSON(document.Version{Version: v, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH})
	}
	_, err := fmt.Fprintf(e.stdout, "seachange %s (%s, %s/%s)\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// buildVersion is the release's version; else what the go command noted: a module's version, or a commit.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "dev-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "dev"
}
