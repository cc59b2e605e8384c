package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileHasChangedOnceItStaysTheSame(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seachange.yaml")
	write(t, name, "shards: 1\n")
	file, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	changes := file.Changes()
	look := func(what string, want ...bool) {
		t.Helper()
		for i, w := range want {
			if got := changes.Changed(); got != w {
				t.Errorf("%s: look %d: changed %t, want %t", what, i+1, got, w)
			}
		}
	}
	look("as it was", false, false)
	write(t, name, "shar")
	look("half a file", false)
	write(t, name, "shards: 2\n")
	look("another text", false, true, false)
	write(t, name, "shards: 1\n")
	look("what is in force, again", false, false, false)
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	look("gone", false, true, false)
	write(t, name, "shards: 2\n")
	look("back with another text", false, true)
}
