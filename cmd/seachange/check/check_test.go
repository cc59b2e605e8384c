package check

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema"
)

func TestCheckAsksForNoScopeThatItWarnsOf(t *testing.T) {
	for group, want := range map[string]bool{"billing": true, "admin": false} {
		rows, err := schema.Enabled([]string{group}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		r := &Report{}
		r.scopes(config.Watched{Name: "a", Resources: rows})
		least, never, _ := strings.Cut(r.Findings[0].Detail, "; never more")
		if got := strings.Contains(never, "function:admin"); got != want ||
			strings.Contains(least, "function:admin") == want {
			t.Errorf("with %s: %s", group, r.Findings[0].Detail)
		}
	}
}
