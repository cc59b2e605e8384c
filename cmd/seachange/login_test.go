package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// The broker of a directory that run makes asks for the key in it, which seachange's own commands show by themselves.
func TestCommandsLogInAtADirectoryThatRunMade(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	if variables["SEACHANGE_DATA_DIR"] == "" {
		t.Skip("needs a data directory: SEACHANGE_TEST_BROKERS is set")
	}
	dir := filepath.Join(t.TempDir(), "data")
	variables["SEACHANGE_DATA_DIR"] = dir

	must(t, variables, "run", "--once")
	if key, err := os.ReadFile(filepath.Join(dir, "key")); err != nil || len(strings.TrimSpace(string(key))) < 20 {
		t.Fatalf("the key is %q, %v", key, err)
	}
	topic := schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], "firewalls")
	unknown := client.Client{Brokers: reach(t, variables).Brokers}
	if _, err := unknown.Existing(t.Context(), topic); err == nil {
		t.Error("who shows no key sees the topics")
	}
	for _, args := range [][]string{
		{"tail", "--since", "1h", "--no-follow"},
		{"at", "now"},
		{"history", "firewalls", "fw-1"},
		{"posture"},
		{"requests"},
		{"silence", "list"},
		{"annotate", "list"},
		{"plan"},
	} {
		if out, log, err := call(t, variables, args...); exitCode(err) == 1 || exitCode(err) == 2 {
			t.Errorf("%v: %v\n%s%s", args, err, out, log)
		}
	}
}
