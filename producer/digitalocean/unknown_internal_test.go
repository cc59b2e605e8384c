package digitalocean

import (
	"slices"
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestWhatNoDocumentHasBesideTheRecordsIsTold(t *testing.T) {
	for _, tc := range []struct {
		row, body string
		want      []string
	}{
		{"droplets", `{"droplets":[],"links":{},"meta":{"total":0}}`, nil},
		{"droplets", `{"unreachable":["nyc1"],"droplets":[],"meta":{"total":0},"more":{"token":"FAKE"}}`, []string{"unreachable", "more"}},
		{"secrets", `{"secrets":[],"unavailable_regions":[]}`, nil},
		{"vpc_subnets", `{"vpc_subnet":[],"meta":{"total":0}}`, nil},
		{"balance", `{"account_balance":"1.00","brand_new":1}`, nil}, // all of it is the record
	} {
		found, err := parse(schema.Lookup(tc.row), []byte(tc.body), twins{})
		if err != nil {
			t.Errorf("%s: %v", tc.body, err)
			continue
		}
		if !slices.Equal(found.unknown, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.body, found.unknown, tc.want)
		}
	}
}
