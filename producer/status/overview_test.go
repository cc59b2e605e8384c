package status_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
)

func TestAnOverviewOfAFewAccountsIsTheReport(t *testing.T) {
	b, now := fleet(t, nil, 20), time.Now()
	if d := cmp.Diff(b.Report(now), b.Overview(now)); d != "" {
		t.Errorf("overview of 20 accounts (-report +overview):\n%s", d)
	}
}

// An overview of many accounts counts everything, and shows what is wrong.
func TestAnOverviewOfManyAccountsShowsWhatIsWrong(t *testing.T) {
	b, now := fleet(t, nil, 21), time.Now()
	put := func(name, parent string, s state.Status, held, quarantined int) {
		b.SetCollection(name, status.Collection{
			Resource: "domain_records", ParentID: parent, Status: s, HeldCount: held, Quarantined: quarantined, Records: 1,
		})
	}
	put("account-3", "held.example", state.Whole, 2, 0)
	put("account-3", "odd.example", state.Whole, 0, 3)
	put("account-3", "late.example", "", 0, 0)
	put("account-3", "none.example", state.NotOffered, 0, 0)
	for n := range 30 {
		put("account-4", fmt.Sprintf("d%02d.example", n), state.Failing, 0, 0)
	}
	overview, shown := b.Overview(now), map[string][]string{}
	for i, a := range overview.Accounts {
		for _, c := range a.Collections {
			shown[a.Name] = append(shown[a.Name], c.ParentID)
		}
		if full := b.Report(now).Accounts[i]; len(a.Collections)+a.LeftOut != len(full.Collections) ||
			!cmp.Equal(a.Counts, full.Counts) {
			t.Errorf("%s: %d collections and %d left out, counted %+v; want %d, counted %+v",
				a.Name, len(a.Collections), a.LeftOut, a.Counts, len(full.Collections), full.Counts)
		}
	}
	want := map[string][]string{"account-3": {"held.example", "late.example", "odd.example"}, "account-4": nil}
	for n := range 10 { // of one status
		want["account-4"] = append(want["account-4"], fmt.Sprintf("d%02d.example", n))
	}
	if d := cmp.Diff(want, shown); d != "" {
		t.Errorf("collections that are shown (-want +got):\n%s", d)
	}
	counts := overview.Accounts[3].Counts
	if counts.AgeMS != -1 || counts.Collections != 161 || counts.Held != 2 || counts.Quarantined != 3 ||
		!cmp.Equal(counts.Statuses, []status.Count{{"", 1}, {state.NotOffered, 1}, {state.Whole, 159}}) {
		t.Errorf("counts of account-3: %+v", counts)
	}
	if age := overview.Accounts[5].Counts.AgeMS; age < 0 || age > time.Hour.Milliseconds() {
		t.Errorf("age of account-5 %d ms", age)
	}
}
