package alert_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

func TestACommandGetsNoSecretOfOurs(t *testing.T) {
	for name, value := range map[string]string{
		"DIGITALOCEAN_TOKEN": "secret-1", "DIGITALOCEAN_ACCESS_TOKEN": "secret-2", "SEACHANGE_SASL_PASSWORD": "secret-3",
		"SEACHANGE_MASK_KEY": "secret-4", "SPACES_SECRET_ACCESS_KEY": "secret-6",
		"PRODUCTION_TOKEN": "dop_v1_secret-5-obviously-fake", "OWN_SETTING": "kept",
	} {
		t.Setenv(name, value)
	}
	out := filepath.Join(t.TempDir(), "env")
	o := alert.Output{Name: "c", Type: "command", Command: []string{"sh", "-c", "env >" + out}}
	send, err := o.Sender(os.Getenv, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), new(alert.Alert)); err != nil {
		t.Fatal(err)
	}
	env, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(env), "secret-") {
		t.Errorf("the command's environment holds a secret:\n%s", env)
	}
	for _, want := range []string{"OWN_SETTING=kept", "PATH="} {
		if !strings.Contains(string(env), want) {
			t.Errorf("the command's environment lacks %s", want)
		}
	}
}
