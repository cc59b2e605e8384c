package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

// zone is a domain with its delegation and so many other records, and their deletes with it.
func zone(records int) (there, gone []string) {
	there = append(there, `r domains example.com {"name":"example.com"}`,
		`r domain_records example.com/1 {"type":"TXT","data":"v=spf1 -all"}`,
		`r domain_records example.com/2 {"type":"MX","data":"mail"}`)
	for i := range records {
		there = append(there, fmt.Sprintf(`r domain_records example.com/%d {"type":"A","name":"www"}`, 10+i))
	}
	for _, line := range there[1:] {
		gone = append(gone, "p domain_records "+strings.Fields(line)[2]+" ")
	}
	return there, gone
}

// The topics may be read in any order, and the account's tree be as deep as it is.
func TestWhatGoesWithItsParentIsToldWithIt(t *testing.T) {
	there, records := zone(198)
	deleted := "d domains example.com "
	named := func(from, to int) (all []string) {
		for i := from; i <= to; i++ {
			all = append(all, fmt.Sprint("example.com/", i))
		}
		return all
	}
	whole := "firing domain-deleted/domains/example.com: deleted; ttl none; with it went 200 domain_records: " +
		strings.Join(append(named(1, 2), named(10, 27)...), ", ") + " and 180 more; among them: " +
		"A domain loses its SPF, DKIM or DMARC record, A domain's name servers or mail servers change"
	for name, tt := range map[string]struct {
		there, happens []string
		want           []string
	}{
		"the parent is read first": {there, append([]string{deleted}, records...), []string{whole}},
		"the parent is read last":  {there, append(slices.Clip(records), deleted), []string{whole}},
		"between":                  {there, append(append(records[:50:50], deleted), records[50:]...), []string{whole}},
		"a record alone is as ever": {
			there, lines("d domain_records example.com/2 "),
			lines("firing domain-delegation-changes/domain_records/example.com/2: deleted; MX → mail"),
		},
		"nothing goes with it": {
			there, lines(deleted), lines("firing domain-deleted/domains/example.com: deleted; ttl none"),
		},
		"no rule tells of the parent": {
			[]string{"r uptime_alerts c/1 {}"},
			[]string{"p uptime_alerts c/1 "},
			[]string{"firing uptime-alert-removed/uptime_checks/c: deleted; with it went 1 uptime_alerts: c/1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := storyOf(t, parse(t, string(alert.Shipped)))
			for _, line := range tt.there {
				s.on(0, line)
			}
			var got []string
			for _, line := range tt.happens {
				got = append(got, s.on(100, line)...)
			}
			got = append(got, s.on(103, "r tags t {}")...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error("-want +got:\n", diff)
			}
			if got := s.settled(); len(got) > 0 {
				t.Error("and later ", got)
			}
		})
	}
}

// A rule of one's own tells of a tree once, and a burst counts it once.
func TestATreeThatIsDeletedIsToldAndCountedOnce(t *testing.T) {
	s := newStory(t, "rules:\n  - {name: gone, when: 'op == \"d\"'}\n"+
		"  - {name: many, when: 'op == \"d\"', burst: {count: 2, within: 5m}}\n")
	var got []string
	for _, line := range []string{
		"r registries r {}", "r registry_repositories r/a {}", "r registry_tags r/a/v1 {}", "r registry_tags r/a/v2 {}",
		"p registry_tags r/a/v1 ", "p registry_repositories r/a ", "d registries r ", "p registry_tags r/a/v2 ",
	} {
		got = append(got, s.on(0, line)...)
	}
	got = append(got, s.settled()...)
	want := lines("firing gone/registries/r: deleted; with it went 1 registry_repositories: r/a; " +
		"2 registry_tags: r/a/v1, r/a/v2")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
}
