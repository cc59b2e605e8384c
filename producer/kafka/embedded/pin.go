package embedded

import (
	"fmt"
	"runtime/debug"
)

// kfake's layout on disk is its own affair and may change with any of its versions. What is written and checked here
// was read from this one: see persist.go there before moving the pin.
const (
	kfakePath    = "github.com/twmb/franz-go/pkg/kfake"
	kfakeVersion = "v0.0.0-20260918054303-01f206a7e32c"
	kfakeFormat  = 1 // its currentPersistVersion
)

// checkPin refuses a build with another kfake than the one whose layout is known. A build that doesn't tell is trusted.
func checkPin(info *debug.BuildInfo, ok bool) error {
	if !ok {
		return nil
	}
	for _, m := range info.Deps {
		if m.Path != kfakePath {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version != kfakeVersion {
			return fmt.Errorf("this seachange was built with %s %s, and reads and checks the files of %s only: build it with "+
				"the versions of its go.mod",
				m.Path, m.Version, kfakeVersion)
		}
	}
	return nil
}
