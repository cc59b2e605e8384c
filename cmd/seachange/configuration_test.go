package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/config"
)

// The schema that editors load is the one that this program prints, and has every key of a file, explained.
func TestTheSchemaOfTheConfigurationIsPublished(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "reference", "configuration.schema.json")
	out, _, err := call(t, nil, "config", "schema")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, page, []byte(out))
	for _, key := range append(fileKeys(), "accounts") {
		m := config.Schema()
		for name := range strings.SplitSeq(key, ".") {
			members, _ := m["properties"].(map[string]any)
			if m, _ = members[name].(map[string]any); m == nil {
				t.Fatalf("the schema has no %s", key)
			}
		}
		if m["description"] == nil {
			t.Errorf("the schema does not explain %s", key)
		}
	}
}

func TestConfigCheckFindsWhatRunWouldRefuse(t *testing.T) {
	const account = "brokers: [localhost:9092]\naccounts:\n- name: shop\n  token_env: SHOP_TOKEN\n"
	for _, tt := range []struct{ file, token, want string }{
		{account, example, ": accounts: 1, resources in all of them: "},
		{account, "", `account "shop": no token: $SHOP_TOKEN is not set`},
		{account + "  only: [droplet]\n", example, `no resource "droplet"`},
		{account + "intervall: 5m\n", example, "line 5"},
		{account + "interval: fast\n", example, "fast"},
		{account + "max_age: [droplets=never]\n", example, "droplets=never"},
		{"accounts:\n- name: shop\n  token_env: SHOP_TOKEN\n", example, "--brokers"},
	} {
		name := filepath.Join(t.TempDir(), "seachange.yaml")
		if err := os.WriteFile(name, []byte(tt.file), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _, err := call(t, map[string]string{"SHOP_TOKEN": tt.token}, "config", "check", name)
		if err != nil {
			out = err.Error()
		}
		if sound := strings.HasPrefix(tt.want, ": accounts"); !strings.Contains(out, tt.want) || sound != (err == nil) {
			t.Errorf("%q: %s, want %s", tt.file, out, tt.want)
		}
		if err != nil && exitCode(err) != 2 {
			t.Errorf("%q: exit code %d", tt.file, exitCode(err))
		}
	}
}

func TestConfigShowTellsWhereSettingsComeFrom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seachange.yaml")
	file := "interval: 5m\nbudget: 50%\naccounts:\n- name: shop\n  token_env: SHOP_TOKEN\n"
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	variables := map[string]string{"SHOP_TOKEN": example, "SEACHANGE_BUDGET": "60%"}
	out, _, err := call(t, variables, "config", "show", "--output", "json", "--config", name)
	var shown struct {
		Settings []struct{ Name, Value, From string }
		Accounts []map[string]string
	}
	if err != nil || json.Unmarshal([]byte(out), &shown) != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := map[string]string{}
	for _, s := range shown.Settings {
		got[s.Name] = s.Value + " " + s.From
	}
	for setting, want := range map[string]string{
		"interval": "5m file", "budget": "60% $SEACHANGE_BUDGET", "compression": "gzip default", "data-dir": " default",
	} {
		if got[setting] != want {
			t.Errorf("%s is %q, want %q", setting, got[setting], want)
		}
	}
	if len(shown.Accounts) != 1 || shown.Accounts[0]["token_from"] != "$SHOP_TOKEN" || strings.Contains(out, example) {
		t.Errorf("accounts: %v\n%s", shown.Accounts, out)
	}
}
