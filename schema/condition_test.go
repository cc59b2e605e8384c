package schema_test

import (
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestConditionsHold(t *testing.T) {
	for _, tc := range []struct {
		condition schema.Condition
		record    string
		want      bool
	}{
		{"", `{}`, true},
		{"", `not JSON`, true},
		{"engine=pg", `{"engine":"pg"}`, true},
		{"engine=pg", `{"engine":"mysql"}`, false},
		{"engine=pg|mysql", `{"id":"x","engine":"mysql"}`, true},
		{"engine=pg|mysql", `{"engine":"pg|mysql"}`, false},
		{"engine=pg", `{"engine":"PG"}`, false},
		{"engine=pg", `{"engine":null}`, false},
		{"engine=pg", `{"engine":["pg"]}`, false},
		{"engine=pg", `{"other":{"engine":"pg"}}`, false},
		{"engine=pg", `{}`, false},
		{"engine=pg", `not JSON`, false},
	} {
		if got := tc.condition.Holds([]byte(tc.record)); got != tc.want {
			t.Errorf("%q of %s: got %v, want %v", tc.condition, tc.record, got, tc.want)
		}
	}
}
