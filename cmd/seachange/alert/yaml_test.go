package alert_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

// The YAML parser panics on this: found by FuzzConfig.
func TestRulesOnWhichTheParserPanicsAreAnError(t *testing.T) {
	text := "outputs: !000000000 000000000000000000000000\n00000008:0000000: 0\nA: 00"
	if _, err := alert.Parse(strings.NewReader(text), func(string) bool { return true }); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want an error of one line", err)
	}
}
