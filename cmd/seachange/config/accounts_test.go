package config

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

func TestTokenIsTakenAsDoctlSaysItToo(t *testing.T) {
	for _, tt := range []struct {
		name      string
		variables map[string]string
		want      string
	}{
		{"ours", map[string]string{"DIGITALOCEAN_TOKEN": "ours"}, "ours"},
		{"doctl's", map[string]string{"DIGITALOCEAN_ACCESS_TOKEN": "doctls"}, "doctls"},
		{"ours goes first", map[string]string{"DIGITALOCEAN_TOKEN": "ours", "DIGITALOCEAN_ACCESS_TOKEN": "doctls"}, "ours"},
		{"blanks around", map[string]string{"DIGITALOCEAN_TOKEN": " ours\n"}, "ours"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &Environment{Getenv: func(k string) string { return tt.variables[k] }, Logger: slog.New(slog.DiscardHandler)}
			list, err := Accounts(e, API{}, Selection{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := list[0].Token(); got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestTokenFileIsReadAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write(t, file, "first\n")
	e := &Environment{Getenv: func(string) string { return "" }, Logger: slog.New(slog.DiscardHandler)}
	list, err := Accounts(e, API{TokenFile: file}, Selection{})
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, "second\n")
	if got, err := list[0].Token(); got != "second" || err != nil {
		t.Errorf("got %q, %v, want second", got, err)
	}
	for _, text := range []string{"", " \n", "two\nlines\n"} {
		write(t, file, text)
		if got, err := list[0].Token(); err == nil || strings.Contains(err.Error(), "lines\n") {
			t.Errorf("a file with %q: got %q, %v", text, got, err)
		}
	}
}

func TestAnAccountsOwnSelectionGoesBeforeTheCommands(t *testing.T) {
	e := &Environment{
		Getenv: func(string) string { return "dop_v1_obviously-fake" },
		Logger: slog.New(slog.DiscardHandler), Accounts: []Account{
			{Name: "own", TokenEnv: "A", Selection: Selection{Only: []string{"firewalls"}}},
			{Name: "shared", TokenEnv: "A"},
		},
	}
	list, err := Accounts(e, API{}, Selection{Only: []string{"droplets", "domains"}})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, a := range list {
		var names []string
		for _, r := range a.Resources {
			names = append(names, r.Name)
		}
		got = append(got, names)
	}
	if d := cmp.Diff([][]string{{"firewalls"}, {"droplets", "domains"}}, got); d != "" {
		t.Errorf("resources (-want +got):\n%s", d)
	}
	if _, err := Accounts(e, API{TokenFile: "f"}, Selection{}); !isFault(err) {
		t.Errorf("accounts and --token-file: %v, want a usage error", err)
	}
}

func TestWhatIsTheSameForEveryAccountIsReadOnce(t *testing.T) {
	rows := func(names ...string) (rows []*schema.Resource) {
		for _, n := range names {
			rows = append(rows, schema.Lookup(n))
		}
		return rows
	}
	got := apart([]Watched{
		{Name: "a", Resources: rows("droplets", "sizes")},
		{Name: "b", Resources: rows("sizes", "regions")},
		{Name: "c", Resources: rows("vpcs")},
	})
	var all []string
	for _, a := range got {
		for _, r := range a.Resources {
			all = append(all, a.Name+" "+r.Name)
		}
	}
	want := []string{"a droplets", "c vpcs", "public catalogues sizes", "public catalogues regions"}
	if !slices.Equal(all, want) {
		t.Errorf("got %q, want %q", all, want)
	}
}

// An account that has nothing but public catalogues to watch is none of its own: where its token is must be known of
// the one that stands for everybody, or a reload would leave that with the old token.
func TestWhatIsSaidOfPublicCataloguesTellsWhereTheirTokenIs(t *testing.T) {
	said := func(variable string) string {
		e := &Environment{
			Getenv: func(string) string { return "obviously fake" }, Logger: slog.New(slog.DiscardHandler),
			Accounts: []Account{
				{Name: "catalogues", TokenEnv: variable, Selection: Selection{With: []string{"public"}, Only: []string{"sizes"}}},
				{Name: "own", TokenEnv: "OWN", Selection: Selection{Only: []string{"domains"}}},
			},
		}
		list, err := Accounts(e, API{}, Selection{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || !list[1].Public {
			t.Fatalf("accounts %v, want one of its own and the public one", list)
		}
		return list[1].Said
	}
	if before, now := said("ONE"), said("TWO"); before == now {
		t.Errorf("the same is said of both: %s", now)
	}
}
