package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestNothingThatIsOnByDefaultNeedsMoreThanARightToRead(t *testing.T) {
	rows, err := schema.Enabled(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range schema.Scopes(rows) {
		if (!strings.HasSuffix(scope, ":read") && scope != "nfs:list") || slices.Contains(schema.RiskyScopes, scope) {
			t.Errorf("the least list has %s", scope)
		}
	}
}

func TestScopesAreThoseOfTheRowsAndOfTheFieldsThatOthersFill(t *testing.T) {
	rows, err := schema.Enabled(nil, []string{"droplets", "functions_namespaces", "functions_access_keys"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"block_storage:read", "droplet:read", "function:admin", "function:read", "image:read",
		"tag:read", "vpc:read",
	}
	if got := schema.Scopes(rows); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
