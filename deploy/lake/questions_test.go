package lake_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// ledger is a made-up month of an account: its events, and when each of its collections was last looked at.
type ledger struct {
	events []*schema.Event
	looked time.Time
	// What seachange alert --exposures wrote beside it, with numbers of its own: two of them.
	exposures []*schema.Event
}

var (
	monthBegins = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	monthEnds   = monthBegins.AddDate(0, 1, 0)
)

// month makes a ledger of changes at random times, each seen in a look some minutes later.
func month(rnd *rand.Rand) *ledger {
	l := &ledger{looked: monthEnds.Add(-36 * time.Hour)}
	was, last, after := map[string]*schema.Event{}, map[string]int64{}, map[string]int64{}
	at := monthBegins.Add(time.Hour)
	for lsn := int64(1); at.Before(l.looked); lsn++ {
		resource := []string{"droplets", "firewalls", "volumes"}[rnd.IntN(3)]
		id := fmt.Sprint(rnd.IntN(6) + 1)
		ev := &schema.Event{Source: schema.Source{Connector: "digitalocean", DB: "team-1", Table: resource, LSN: lsn}}
		ev.Source.Sequence = fmt.Sprintf(`["%d","%d"]`, last[resource], lsn)
		last[resource], ev.Source.TsMS, ev.TsMS = lsn, at.UnixMilli(), at.UnixMilli()
		if lsn > 5 {
			// The looks of a collection follow each other.
			ms := max(after[resource], at.Add(-time.Duration(rnd.IntN(90)+1)*time.Minute).UnixMilli())
			ev.Source.PrevTsMS, after[resource] = &ms, ms
		}
		l.happen(rnd, ev, was[resource+id], id)
		if was[resource+id] = ev; ev.Op == schema.Deleted {
			delete(was, resource+id)
		}
		l.events = append(l.events, ev)
		at = at.Add(time.Duration(rnd.IntN(200)+1) * time.Minute)
	}
	for _, lsn := range []int64{3, 1_000_003} { // another event's number, and one of which the predecessor is nowhere
		row := &schema.Row{AccountID: "team-1", ID: fmt.Sprint("droplets+", lsn), Body: new("{}")}
		row.CreatedAt = new(monthEnds.Format(time.RFC3339))
		ev := &schema.Event{Op: schema.Read, After: row, TsMS: l.looked.UnixMilli()}
		ev.Source = schema.Source{Connector: "digitalocean", DB: "team-1", Table: "exposures", LSN: lsn, TsMS: ev.TsMS}
		ev.Source.Sequence = fmt.Sprintf(`["%d","%d"]`, lsn-1, lsn)
		l.exposures = append(l.exposures, ev)
	}
	return l
}

// happen makes an event of what a record was.
func (l *ledger) happen(rnd *rand.Rand, ev, was *schema.Event, id string) {
	body := bodyOf(rnd, ev.Source.Table)
	after := &schema.Row{AccountID: "team-1", ID: id, Name: new(ev.Source.Table + id), Body: &body}
	switch {
	case was == nil && ev.Source.PrevTsMS == nil:
		ev.Op, ev.After = schema.Read, after
	case was == nil:
		ev.Op, ev.After = schema.Created, after
		if rnd.IntN(2) == 0 { // it says when, within its window
			ms := (ev.Source.TsMS + *ev.Source.PrevTsMS) / 2
			after.CreatedAt = new(time.UnixMilli(ms).UTC().Format(time.RFC3339))
		}
	case rnd.IntN(3) == 0:
		ev.Op, ev.Before = schema.Deleted, was.After
	default:
		after.CreatedAt = was.After.CreatedAt
		ev.Op, ev.Before, ev.After = schema.Updated, was.After, after
	}
}

// bodyOf makes a body of a resource that tells of others.
func bodyOf(rnd *rand.Rand, resource string) string {
	ids := fmt.Sprintf("[%d,%d]", rnd.IntN(6)+1, rnd.IntN(6)+1)
	switch resource {
	case "droplets":
		return fmt.Sprintf(`{"size":{"price_monthly":%d},"tags":["t%d"],"networks":{"v4":[{"type":"private","ip_address":"10.0.0.1"},`+
			`{"type":"public","ip_address":"203.0.113.%d"}]}}`, rnd.IntN(9)+1, rnd.IntN(4), rnd.IntN(250))
	case "firewalls":
		return fmt.Sprintf(`{"droplet_ids":%s,"tags":["t%d"],"inbound_rules":[{"protocol":"tcp","ports":"%d","sources":{"addresses":["%s"]}}]}`,
			ids, rnd.IntN(4), 22+rnd.IntN(3), []string{"0.0.0.0/0", "10.0.0.0/8", "::/0"}[rnd.IntN(3)])
	}
	return `{"droplet_ids":` + ids + `}`
}

// at returns the records of a resource as they were last seen by a moment, by id.
func (l *ledger) at(moment time.Time, resource string) map[string]*schema.Row {
	rows := map[string]*schema.Row{}
	for _, ev := range l.events {
		if ev.Source.Table == resource && ev.Source.TsMS <= moment.UnixMilli() {
			if delete(rows, ev.ID()); ev.After != nil {
				rows[ev.ID()] = ev.After
			}
		}
	}
	return rows
}

// body is what the questions ask of one.
type body struct {
	Size struct {
		PriceMonthly float64 `json:"price_monthly"`
	}
	Tags       []string
	DropletIDs []int `json:"droplet_ids"`
	Networks   struct {
		V4 []struct {
			IP string `json:"ip_address"`
		}
	}
	InboundRules []struct {
		Protocol, Ports string
		Sources         struct{ Addresses []string }
	} `json:"inbound_rules"`
}

func parsed(t *testing.T, r *schema.Row) (b body) {
	t.Helper()
	if err := json.Unmarshal([]byte(*r.Body), &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// write writes the events to a file.
func (l *ledger) write(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, ev := range slices.Concat(l.events, l.exposures) {
		text.Write(ev.Marshal())
		text.WriteByte('\n')
	}
	file := filepath.Join(t.TempDir(), "events.jsonl")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// statuses are those of the collections, each with an older one, and looks what tells of them since: of the Droplets in
// a bit, of the volumes by an age. What else they say is of another collection or of an older status.
func (l *ledger) statuses() (all []state.CollectionStatus, looks []state.ToldLooks) {
	early, looked := monthBegins.AddDate(0, 0, 9).UnixMilli(), l.looked.UnixMilli()
	for _, s := range []state.CollectionStatus{
		{Resource: "droplets", WholeMS: early - 1},
		{Resource: "firewalls", WholeMS: early, Number: 19, LooksSeq: 1},
		{Resource: "volumes", WholeMS: early, Number: 19, LooksSeq: 1},
		{Resource: "firewalls", WholeMS: looked, Number: 2, LooksSeq: 6},
		{Resource: "droplets", WholeMS: early, Number: 19, LooksSeq: 6},
		{Resource: "volumes", WholeMS: early, Number: 9, LooksSeq: 6},
	} {
		s.AccountID, s.Status, s.LastLSN = "team-1", state.Whole, int64(len(l.events))
		all = append(all, s)
	}
	ages, bits := state.Looks{AtMS: looked - 60_000}, state.Looks{AtMS: looked}
	earlier := state.Looks{AtMS: looked + 3_600_000}
	ages.Age(9, looked-7_200_000)
	ages.Age(8, looked-60_000)
	ages.Age(2, looked-60_000)
	bits.Seen(19)
	bits.Seen(20)
	earlier.Seen(9)
	for i, s := range []state.Looks{earlier, ages, bits} {
		seq := int64(i + 6)
		looks = append(looks, state.ToldLooks{
			AccountID: "team-1", AtMS: s.AtMS, Ages: s.Ages, Since: s.Since, Seq: seq,
		})
	}
	return all, looks
}

// marks are statements that land the statuses and the looks; the sweeps were long before the grace time.
func (l *ledger) marks() []string {
	text := func(b []byte) string {
		if b == nil {
			return "NULL"
		}
		return "'" + base64.StdEncoding.EncodeToString(b) + "'"
	}
	var marks, told []string
	statuses, looks := l.statuses()
	for i, s := range statuses {
		marks = append(marks, fmt.Sprintf("('team-1', '%s', '', 'whole', 1, %d, %d, %d, %d, %d)",
			s.Resource, s.WholeMS, s.LastLSN, s.Number, s.LooksSeq, i))
	}
	for _, k := range looks {
		told = append(told, fmt.Sprintf("('team-1', %d, %s, %s, %d)", k.AtMS, text(k.Ages), text(k.Since), k.Seq))
	}
	return []string{
		"INSERT INTO bronze.marks (account_id, resource, parent_id, status, ended_ms, whole_ms, last_lsn, number, " +
			"looks_seq, kafka_offset) VALUES " + strings.Join(marks, ", "),
		"INSERT INTO bronze.looks (account_id, at_ms, ages, since, seq) VALUES " + strings.Join(told, ", "),
	}
}

// question is one, with times instead of those that stand in its file, and what it has to return.
type question struct {
	text string
	want []string
}

// questions are all of them, for an engine ("" or ".spark"), each with what the ledger says.
func (l *ledger) questions(t *testing.T, rnd *rand.Rand, suffix string, moments int) (all []question) {
	read := func(name string) string {
		if _, err := os.Stat("sql/" + name + suffix + ".sql"); err == nil {
			name += suffix
		}
		text, err := os.ReadFile("sql/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	all = append(all, question{read("now"), l.now(monthEnds)}, question{read("droplets-per-day"), l.perDay(t)})
	day := monthBegins.AddDate(0, 0, 10)
	open := strings.Replace(read("open-firewalls"), "2026-11-30", day.Format(time.DateOnly), 1)
	all = append(all, question{open, l.open(t, day)})
	from, to := monthBegins.AddDate(0, 0, 5), monthBegins.AddDate(0, 0, 12)
	ranged := strings.NewReplacer("2026-11-23", from.Format(time.DateOnly), "2026-11-30", to.Format(time.DateOnly))
	all = append(all, question{ranged.Replace(read("range")), l.ranged(from, to)})
	for range moments {
		ev := l.events[rnd.IntN(len(l.events))]
		beside := time.Duration(rnd.IntN(119)-59) * time.Minute * time.Duration(rnd.IntN(2))
		at := time.UnixMilli(ev.Source.TsMS).UTC().Add(beside)
		literal := at.Format("2006-01-02 15:04:05.000")
		all = append(all, question{strings.Replace(read("as-of"), "2026-11-30 12:00:00", literal, 1), l.asOf(at)})
		with := strings.Replace(read("droplets-with"), "2026-11-30 12:00:00", literal, 1)
		all = append(all, question{with, l.with(t, at)})
	}
	return append(all, question{read("complete"), nil})
}

func line(values ...any) string {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (l *ledger) now(moment time.Time) (lines []string) {
	for _, resource := range []string{"droplets", "firewalls", "volumes"} {
		for id, r := range l.at(moment, resource) {
			lines = append(lines, line(resource, "team-1", id, r.Name, r.Body))
		}
	}
	for _, ev := range l.exposures {
		lines = append(lines, line("exposures", "team-1", ev.ID(), nil, "{}"))
	}
	return lines
}

func (l *ledger) perDay(t *testing.T) (lines []string) {
	for day := monthBegins; day.Before(monthEnds); day = day.AddDate(0, 0, 1) {
		n, price := 0, 0.0
		for _, r := range l.at(day.AddDate(0, 0, 1).Add(-time.Millisecond), "droplets") {
			n, price = n+1, price+parsed(t, r).Size.PriceMonthly
		}
		if n > 0 {
			lines = append(lines, line(day.Format(time.DateOnly), "team-1", n, price))
		}
	}
	return lines
}

func (l *ledger) open(t *testing.T, day time.Time) (lines []string) {
	seen := map[string]bool{}
	for at := day; at.Before(day.AddDate(0, 0, 1)); at = at.Add(time.Minute) {
		for _, r := range l.at(at, "firewalls") {
			b := parsed(t, r)
			for _, rule := range b.InboundRules {
				if a := rule.Sources.Addresses[0]; a == "0.0.0.0/0" || a == "::/0" {
					seen[line("team-1", r.Name, rule.Protocol, rule.Ports, len(b.DropletIDs), b.Tags)] = true
				}
			}
		}
	}
	for text := range seen {
		lines = append(lines, text)
	}
	return lines
}

func (l *ledger) ranged(from, to time.Time) (lines []string) {
	for _, ev := range l.events {
		if ev.Op != schema.Read && ev.Source.TsMS > from.UnixMilli() && *ev.Source.PrevTsMS < to.UnixMilli() {
			lines = append(lines, line(ev.Op, ev.Source.Table, ev.Row().Name))
		}
	}
	return lines
}

// asOf is what seachange at says.
func (l *ledger) asOf(at time.Time) (lines []string) {
	m := history.NewMoment(at)
	for _, ev := range l.events {
		m.Take(ev)
	}
	var told state.Told
	statuses, looks := l.statuses()
	for _, s := range statuses {
		told.Status(state.AccountCollection{AccountID: "team-1", Resource: s.Resource}, &s)
	}
	for i, k := range looks {
		told.Looks(state.LooksSlot{AccountID: "team-1", Slot: i}, &k)
	}
	until := history.Looks{}
	for c, s := range told.All() {
		until[c] = s.WholeMS
	}
	m.Until(until)
	for r := range m.Rows() {
		lines = append(lines, line(r.Resource, r.AccountID, r.ID, r.Body, r.Certainty))
	}
	return lines
}

func (l *ledger) with(t *testing.T, at time.Time) (lines []string) {
	firewalls, volumes := l.at(at, "firewalls"), l.at(at, "volumes")
	for id, d := range l.at(at, "droplets") {
		names := func(rows map[string]*schema.Row) *string {
			var all []string
			for _, r := range rows {
				b := parsed(t, r)
				byTag := len(b.Tags) > 0 && b.Tags[0] == parsed(t, d).Tags[0]
				if byTag || slices.ContainsFunc(b.DropletIDs, func(n int) bool { return fmt.Sprint(n) == id }) {
					all = append(all, *r.Name)
				}
			}
			if slices.Sort(all); all == nil {
				return nil
			}
			return new(strings.Join(all, ", "))
		}
		lines = append(lines, line("team-1", id, d.Name, parsed(t, d).Networks.V4[1].IP, names(firewalls), names(volumes)))
	}
	return lines
}

// The seven questions, in DuckDB, and in Spark where it is asked for: what they return is what the ledger says.
func TestTheQuestionsAgreeWithTheLedger(t *testing.T) {
	parts := os.Getenv("SEACHANGE_LAKE_PARTS")
	python := parts + "/python/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Skip("DuckDB is not here: deploy/lake/test fetches it and runs this test")
	}
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // made-up data
	l := month(rnd)
	file := l.write(t)
	t.Run("duckdb", func(t *testing.T) {
		l.ask(t, l.questions(t, rnd, "", 30), l.marks(), python, "lake.py", file, "sql")
	})
	t.Run("spark", func(t *testing.T) {
		if !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), "spark") {
			t.Skip("not asked for: deploy/lake/test spark fetches it and runs this test")
		}
		l.ask(t, l.questions(t, rnd, ".spark", 1), l.marks(), parts+"/python-spark/bin/python", "engines.py", "spark", file)
	})
}

// ask runs a program on questions, after statements, and compares.
func (l *ledger) ask(t *testing.T, all []question, statements []string, program string, args ...string) {
	t.Helper()
	args = append(args, statements...)
	for _, q := range all {
		args = append(args, q.text)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	answers := make([][]string, len(all)) // a statement's is nothing
	n := -len(statements)
	for text := range strings.Lines(string(out)) {
		if text = strings.TrimSpace(text); text == "" {
			n++
		} else if n >= 0 {
			answers[n] = append(answers[n], comparable(t, text, strings.HasPrefix(all[n].text, "-- What changed")))
		}
	}
	for i, q := range all {
		q.compare(t, answers[i])
	}
}

// compare holds what an engine returns against the ledger.
func (q question) compare(t *testing.T, got []string) {
	t.Helper()
	var want []string
	for _, text := range q.want {
		want = append(want, comparable(t, text, false))
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%.80s…: -ledger +engine:\n%s", q.text, d)
	}
}

// comparable is a row without what engines write in different ways; of a change no more than what it is of.
func comparable(t *testing.T, text string, change bool) string {
	var values []any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if change {
		values = values[2:5]
	}
	return line(values...)
}

// What a body has of another type than the document says is null, whatever it is; ids are texts everywhere.
func TestTheViewsTakeEveryValue(t *testing.T) {
	parts := os.Getenv("SEACHANGE_LAKE_PARTS")
	if _, err := os.Stat(parts + "/python/bin/python"); err != nil {
		t.Skip("DuckDB is not here: deploy/lake/test fetches it and runs this test")
	}
	l := &ledger{}
	for i, text := range []string{
		`{"id":1,"vcpus":2,"memory":4096,"tags":["a"],"backup_ids":[7,"8",9007199254740993],"locked":true,"region":{"slug":"fra1"},` +
			`"size":{"price_monthly":12.5},"image":{"id":5,"created_at":"2026-06-01T00:00:00+02:00"},"networks":{"v4":[` +
			`{"type":"private","ip_address":"10.0.0.2"},{"type":"public","ip_address":"203.0.113.7"}]}}`,
		`{"id":"1","vcpus":"two","memory":5.5,"tags":"x","backup_ids":null,"locked":"true","region":3,"size":"now a text",` +
			`"image":null,"networks":[1],"disk":18446744073709551615}`,
		`no JSON`, `[1,2]`, `{"id":1,"name":"nul \u0000 ü 🐳","vcpus":3,"tags":[1,{"a":2},"b"]}`,
	} {
		ev := &schema.Event{Op: schema.Read, After: &schema.Row{AccountID: "a", ID: "1", Body: new(text)}}
		n := int64(i + 1)
		ev.Source = schema.Source{Connector: "digitalocean", DB: "a", Table: "droplets", LSN: n, TsMS: n}
		l.events = append(l.events, ev)
	}
	const query = `SELECT vcpus, memory, tags, backup_ids, locked, body_region.slug, size.price_monthly, image.id, disk,
		CAST(image.created_at AS DATE), public_ipv4, private_ipv4 FROM silver.droplets_events ORDER BY lsn`
	want := []string{
		`[2,4096,["a"],["7","8","9007199254740993"],true,"fra1",12.5,"5",null,"2026-05-31","203.0.113.7","10.0.0.2"]`,
		`[null,null,null,null,null,null,null,null,null,null,null,null]`, `[null,null,null,null,null,null,null,null,null,null,null,null]`,
		`[null,null,null,null,null,null,null,null,null,null,null,null]`, `[3,null,[null,null,"b"],null,null,null,null,null,null,null,null,null]`,
	}
	// Flink takes a value out of JSON as a text, whatever its type was.
	asTexts := slices.Clone(want)
	asTexts[0] = strings.Replace(want[0], `"2026-05-31"`, "null", 1)
	asTexts[1] = `[null,5,null,null,true,null,null,null,null,null,null,null]`
	asTexts[4] = strings.Replace(want[4], `[null,null,"b"]`, `["1","{\"a\":2}","b"]`, 1)
	// ClickHouse has no null lists; to JSON they are texts.
	emptyIsNull := strings.NewReplacer("AS DATE", "AS Nullable(DATE)", "tags,",
		"if(empty(tags), NULL, toJSONString(tags)),", "backup_ids,", "if(empty(backup_ids), NULL, toJSONString(backup_ids)),")
	file := l.write(t)
	for engine, command := range map[string][]string{
		"duckdb": {"python", "lake.py", file, "sql", query}, "spark": {"python-spark", "engines.py", "spark", file, query},
		"clickhouse": {"python-clickhouse", "engines.py", "clickhouse", file, emptyIsNull.Replace(query)},
		"flink":      {"python-flink", "engines.py", "flink", file, query},
	} {
		t.Run(engine, func(t *testing.T) {
			if engine != "duckdb" && !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), engine) {
				t.Skipf("not asked for: deploy/lake/test %s fetches it and runs this test", engine)
			}
			want := want
			if engine == "flink" {
				want = asTexts
			}
			command := append(command, "SELECT id, op, lsn FROM silver.versions WHERE ended_before IS NULL")
			out, err := exec.CommandContext(t.Context(), parts+"/"+command[0]+"/bin/python", command[1:]...).Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var got []string
			for text := range strings.Lines(string(out)) {
				if engine == "clickhouse" {
					text = strings.NewReplacer(`"[`, "[", `]"`, "]", `\"`, `"`).Replace(text)
				}
				if text = strings.TrimSpace(text); text != "" {
					got = append(got, comparable(t, text, false))
				}
			}
			if d := cmp.Diff(append(want, `["1","r",5]`), got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
