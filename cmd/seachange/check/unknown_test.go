package check

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/state"
)

func TestUnknownMembersAreToldUntilTheyAreKnown(t *testing.T) {
	r := &Report{}
	r.unknown([]state.SchemaChange{
		{AccountID: "team-1", Resource: "droplets", Paths: []string{"vpc_uuid"}, TsMS: 1}, // a later release knows it
		{
			AccountID: "team-1", Resource: "droplets", Paths: []string{"wings[].span", "/unreachable"}, Listing: "/v2/droplets",
			TsMS: 1790000000000,
		},
		{
			AccountID: "team-1", Resource: "droplets", Paths: []string{"a", "b", "c", "d"}, Listing: "/v2/droplets",
			TsMS: 1790000060000,
		},
		{AccountID: "team-2", Resource: "droplets", Mistyped: []string{"size.vcpus"}, TsMS: 1790000000000},
		{AccountID: "team-2", Resource: "firewalls", Paths: []string{"mirror"}, TsMS: 1790000000000}, // by an older release
	})
	want := []string{
		"team-1/droplets", "members that no document of DigitalOcean's has: wings[].span /unreachable a b c and 1 " +
			"more, since 2026-09-21T14:13:20Z, in GET /v2/droplets; they are in the events, and masked where they " +
			"look like secrets",
		"team-2/firewalls", "members that no document of DigitalOcean's has: mirror, since 2026-09-21T14:13:20Z; they are " +
			"in the events, and masked where they look like secrets",
		"team-2/droplets", "values of another type than DigitalOcean documents: size.vcpus, since 2026-09-21T14:13:20Z; " +
			"they are in body, and null in data",
	}
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Subject, f.Detail)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
