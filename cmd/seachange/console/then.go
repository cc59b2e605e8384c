package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/cmd/seachange/parquetfile"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type thenData struct {
	At, With, Account, Resource string // as they were asked for
	AtISO, AtText, WithText     string
	Accounts                    []index.Account
	Slider                      slider
	Bars                        bars
	Groups                      []*group
	Records                     int
	Sums                        [4]int // certain, as last seen, uncertain, unknown
	Differences                 []difference
	MoreDifferences             bool
	CSV, JSON, Parquet          string
}

// slider is a range of minutes since 1970.
type slider struct{ Min, Max, Value int64 }

// group is a resource at a moment.
type group struct {
	Resource, URL string
	Count         int
	Sure          [4]int
	Rows          []recordThen
	More          int // rows that are not shown
}

type recordThen struct{ Name, ID, Words, Certainty, Class, Why, URL string }

type difference struct{ Op, Word, Resource, Name, Words, Certainty, Why, URL string }

// Rows of a resource are shown up to so many; more if it alone is asked for.
const (
	someRows     = 20
	manyRows     = 1000
	mostCompared = 1000
)

// then is the page of the accounts at a moment, or of what differs between two. It holds the whole moment in memory
// and shows a part: the downloads have all.
func (c *Console) then(r *http.Request) (*page, error) {
	v, now := r.URL.Query(), time.Now()
	d := thenData{At: v.Get("at"), With: v.Get("with"), Account: v.Get("account"), Resource: v.Get("resource")}
	at, err := parseMoment(d.At, now)
	if err != nil {
		return nil, err
	}
	m, err := c.o.Index.At(r.Context(), at, d.Account, resources(d.Resource)...)
	if err != nil {
		return nil, err
	}
	d.AtISO, d.AtText = iso(at), at.UTC().Format("2006-01-02 15:04:05")
	if d.With == "" {
		d.group(m)
	} else if err := c.compare(r, &d, m, now); err != nil {
		return nil, err
	}
	if d.Accounts, err = c.o.Index.Accounts(r.Context()); err != nil {
		return nil, err
	}
	if err := c.slide(r, &d, at, now); err != nil {
		return nil, err
	}
	d.CSV, d.JSON, d.Parquet = d.file("csv"), d.file("json"), d.file("parquet")
	return &page{Name: "then", Title: "Then", Nav: "/then", Data: d}, nil
}

func resources(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

func (d *thenData) file(ending string) string {
	return query("/then/"+ending, "at", d.AtISO, "account", d.Account, "resource", d.Resource)
}

// group lays a moment out by resource.
func (d *thenData) group(m *history.Moment) {
	byName, limit := map[string]*group{}, someRows
	if d.Resource != "" {
		limit = manyRows
	}
	for row := range m.Rows() {
		g := byName[row.Resource]
		if g == nil {
			g = &group{Resource: row.Resource, URL: query("/then", "at", d.At, "account", d.Account, "resource", row.Resource)}
			byName[row.Resource] = g
			d.Groups = append(d.Groups, g)
		}
		i := certainty(&row)
		d.Records++
		d.Sums[i]++
		g.Count++
		g.Sure[i]++
		if len(g.Rows) < limit {
			g.Rows = append(g.Rows, recordThenOf(&row, d.AtISO))
		} else {
			g.More++
		}
	}
}

// certainty is the place of a row in the sums. What was last seen before the moment, and has nothing against it, is
// told apart from what is uncertain for another reason: most of what is shown of now is so.
func certainty(row *history.Row) int {
	switch {
	case row.Certainty == history.Certain:
		return 0
	case strings.HasPrefix(row.Why, history.LastLookedAt):
		return 1
	case row.Certainty == history.Uncertain:
		return 2
	}
	return 3
}

func recordThenOf(row *history.Row, at string) recordThen {
	r := recordThen{
		Name: plain.Value(row.ID), ID: plain.Value(row.ID), Words: describe.Record(row.Resource, row.Body),
		Certainty: string(row.Certainty), Class: string(row.Certainty), Why: row.Why,
		URL: recordURL(row.AccountID, row.Resource, row.ID) + "&at=" + at,
	}
	if row.Name != nil && *row.Name != "" {
		r.Name = plain.Value(*row.Name)
	}
	if certainty(row) == 1 {
		r.Certainty, r.Class = "as last seen", "seen"
	}
	return r
}

// compare compares two moments, the earlier one first, whichever was asked for as the other. DigitalOcean's own
// changes are shown: who compares two moments asks what differs.
func (c *Console) compare(r *http.Request, d *thenData, m *history.Moment, now time.Time) error {
	with, err := parseMoment(d.With, now)
	if err != nil {
		return err
	}
	d.WithText = with.UTC().Format("2006-01-02 15:04:05")
	other, err := c.o.Index.At(r.Context(), with, d.Account, resources(d.Resource)...)
	if err != nil {
		return err
	}
	if d.WithText < d.AtText {
		m, other = other, m
	}
	comparison := history.Comparison{Rollouts: true}
	for diff, err := range comparison.Differences(m, other) {
		if err != nil {
			return err
		}
		if len(d.Differences) == mostCompared {
			d.MoreDifferences = true
			break
		}
		d.Differences = append(d.Differences, differenceOf(diff))
	}
	return nil
}

func differenceOf(diff *history.Difference) difference {
	ev := &schema.Event{Op: diff.Op, Before: diff.Before, After: diff.After, Changes: diff.Changes}
	ev.Source.Table = diff.Resource
	row := ev.Row()
	out := difference{
		Op: string(diff.Op), Word: diff.Op.Word(), Resource: diff.Resource, Name: describe.Title(row),
		Words: describe.Event(ev), Certainty: string(diff.Certainty), Why: diff.Why,
		URL: recordURL(row.AccountID, diff.Resource, row.ID),
	}
	if out.Words == "" && diff.Changes == nil {
		out.Words = "too large to say what"
	}
	return out
}

// slide lays out the slider, and the changes below it: from the first event that the index has to now, in a hundred
// steps. Densities by the hour are kept ready; for steps below an hour the events themselves are counted.
func (c *Console) slide(r *http.Request, d *thenData, at, now time.Time) error {
	first, _, err := c.o.Index.Span(r.Context())
	if err != nil {
		return err
	}
	if since := c.o.Index.State().SinceMS; since > first {
		first = since
	}
	from := time.UnixMilli(first).Truncate(time.Minute)
	if first == 0 || now.Sub(from) < 5*time.Minute {
		from = now.Add(-5 * time.Minute).Truncate(time.Minute)
	}
	d.Slider = slider{from.Unix(), now.Unix(), min(max(at.Unix(), from.Unix()), now.Unix())}
	const steps = 100
	hours, err := c.o.Index.Densities(r.Context(), d.Account, d.Resource, from.UnixMilli(), now.UnixMilli())
	if err != nil {
		return err
	}
	step := max(now.Sub(from)/steps, time.Second)
	if step < time.Hour {
		if hours, err = c.o.Index.Moments(r.Context(), d.Account, d.Resource, from.UnixMilli(), now.UnixMilli(),
			step.Milliseconds()); err != nil {
			return err
		}
	}
	d.Bars = draw(hours, from, step, steps)
	return nil
}

// download writes the accounts as they were, whole. An error after the first byte can't be shown any more: the log
// has it, and the file ends early.
func (c *Console) download(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	only := resources(v.Get("resource"))
	write, ok := map[string]func(http.ResponseWriter, *history.Moment) error{
		"csv": writeCSV, "json": writeJSON,
		"parquet": func(w http.ResponseWriter, m *history.Moment) error { return writeParquet(w, m, only) },
	}[r.PathValue("file")]
	if !ok {
		c.fail(w, r, &notFound{"There are csv, json and parquet."})
		return
	}
	at, err := parseMoment(v.Get("at"), time.Now())
	if err != nil {
		c.fail(w, r, err)
		return
	}
	m, err := c.o.Index.At(r.Context(), at, v.Get("account"), only...)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	name := fmt.Sprintf("seachange-%s.%s", strings.ReplaceAll(at.UTC().Format("2006-01-02T150405Z"), ":", ""),
		r.PathValue("file"))
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if err := write(w, m); err != nil {
		c.o.Logger.Warn("console: a download ended early", "err", err)
	}
}

func writeCSV(w http.ResponseWriter, m *history.Moment) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	return history.WriteCSV(w, m.Rows(), false)
}

func writeJSON(w http.ResponseWriter, m *history.Moment) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for row := range m.Rows() {
		if err := out.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

func writeParquet(w http.ResponseWriter, m *history.Moment, only []string) error {
	w.Header().Set("Content-Type", "application/vnd.apache.parquet")
	out := parquetfile.New(w, only...)
	for row := range m.Rows() {
		if err := out.Write(row); err != nil {
			return err
		}
	}
	return out.Close()
}
