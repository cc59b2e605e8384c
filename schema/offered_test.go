package schema_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// without returns the GETs of DigitalOcean's document that have no row, with the reason. What a row has by id, what
// reveals a credential (contract.Never) and the measurements below /v2/monitoring/metrics are not among them.
func without(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/without.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(text)) {
		get, reason, ok := strings.Cut(strings.TrimSpace(line), " ")
		if _, twice := reasons[get]; !ok || twice {
			t.Fatalf("testdata/without.txt: %q: want a GET that isn't there yet, a space and the reason", line)
		}
		reasons[get] = reason
	}
	return reasons
}

// withoutText is without.txt less the listings that have a row by now, so that one that was left out comes in with its
// row alone.
func withoutText(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/without.txt")
	if err != nil {
		t.Fatal(err)
	}
	var left bytes.Buffer
	for line := range strings.Lines(string(text)) {
		path, _, _ := strings.Cut(line, " ")
		if !slices.ContainsFunc(schema.Catalog, func(r schema.Resource) bool { return blank(r.Path) == blank(path) }) {
			left.WriteString(line)
		}
	}
	return left.Bytes()
}

// TestWhatDigitalOceanOffersHasARowOrAReason fails with a new document that offers something new, until somebody
// decides.
func TestWhatDigitalOceanOffersHasARowOrAReason(t *testing.T) {
	c, without := readContract(t), without(t)
	rows, gets := map[string]bool{}, map[string]bool{}
	for i := range schema.Catalog {
		rows[blank(schema.Catalog[i].Path)] = true
	}
	if len(c.GETs) != 340 || len(c.Later) != 132 {
		t.Errorf("%d GETs of the document, and %d that came later: want 340 and 132, or the new number here",
			len(c.GETs), len(c.Later))
	}
	for get := range c.GETs {
		gets[blank(get)] = true
	}
	for get := range c.GETs {
		path := blank(get)
		_, never := c.Never[get]
		listing, byID := strings.CutSuffix(path, "/{}")
		told := rows[path] || never || (byID && gets[listing]) || strings.HasPrefix(get, "/v2/monitoring/metrics/")
		_, reason := without[get]
		switch {
		case !told && !reason:
			t.Errorf("%s: DigitalOcean offers it, and there is neither a row nor a reason", get)
		case rows[path] && never:
			t.Errorf("%s: there is a row, and it makes or shows a credential: %s", get, c.Never[get])
		}
	}
	for path := range without {
		_, offered := c.GETs[path]
		if !offered && !slices.ContainsFunc(c.Later, func(l laterFact) bool { return l.Path == path && l.Verdict == "" }) {
			t.Errorf("%s: DigitalOcean doesn't offer it any more: take the reason out", path)
		}
	}
}

// TestWhatCameLaterHasARowOrAReason holds the same of what godo has beside the document.
func TestWhatCameLaterHasARowOrAReason(t *testing.T) {
	c, without := readContract(t), without(t)
	verdicts := map[string]int{}
	for _, get := range c.Later {
		verdicts[get.Verdict]++
		row := schema.Lookup(get.Name)
		switch get.Verdict {
		case "resource":
			if row == nil || blank(row.Path) != blank(get.Path) {
				t.Errorf("%s: there is no row %s of it", get.Path, get.Name)
			}
		case "":
			listing, byID := strings.CutSuffix(blank(get.Path), "/{}")
			isRow := func(path string) bool {
				return slices.ContainsFunc(schema.Catalog, func(r schema.Resource) bool { return blank(r.Path) == path })
			}
			if _, reason := without[get.Path]; !reason && !isRow(blank(get.Path)) && !(byID && isRow(listing)) {
				t.Errorf("%s: %s offers it, and there is neither a row nor a reason", get.Path, get.Since)
			}
		case "get of a resource":
			if row == nil {
				t.Errorf("%s: there is no row %s that it shows one of", get.Path, get.Name)
			}
		default:
			if get.Why == ": " {
				t.Errorf("%s: there is neither a row nor a reason", get.Path)
			}
		}
	}
	if want := map[string]int{"resource": 41, "get of a resource": 28, "excluded": 63}; !maps.Equal(verdicts, want) {
		t.Errorf("%v, want %v", verdicts, want)
	}
}

// TestNoRowAsksForACredential holds listings and GETs by id against what makes or shows one.
func TestNoRowAsksForACredential(t *testing.T) {
	c := readContract(t)
	if len(c.Never) < 20 {
		t.Fatalf("%d paths are never to be called, want at least 20", len(c.Never))
	}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		get := r.Get
		if get == "" {
			get = r.Path + "/{id}"
		}
		for path, why := range c.Never {
			if blank(path) == blank(r.Path) || (blank(path) == blank(get) && r.Absent == schema.ByGet) {
				t.Errorf("%s: %s: %s", r.Name, path, why)
			}
		}
	}
}

// offeredPage writes what has no topic.
func offeredPage(b *bytes.Buffer, c contract, without map[string]string) {
	b.WriteString(`
## Never asked for

These make or show a credential, whatever the token may do: seachange has no way to ask for them.

| path | why |
|---|---|
`)
	reasons(b, c.Never)
	b.WriteString(`
## Without a topic

What else DigitalOcean's document offers. Measurements, all below /v2/monitoring/metrics, are for a monitoring system.

| path | why it has no topic |
|---|---|
`)
	reasons(b, without)
	b.WriteString(`
And of what godo, DigitalOcean's client, has beside the document:

| path | why it has no topic |
|---|---|
`)
	later := map[string]string{}
	for _, get := range c.Later {
		if _, never := c.Never[get.Path]; get.Verdict == "excluded" && !never {
			later[get.Path] = get.Why
		}
	}
	reasons(b, later)
}

func reasons(b *bytes.Buffer, why map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(why)) {
		fmt.Fprintf(b, "| %s | %s |\n", code(schema.Paths(path)), why[path])
	}
}
