package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/net/html"

	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

const acme = "4f1c0000-0000-4000-8000-000000000000"

// site is a console over topics that a test writes.
type site struct {
	*testing.T
	client client.Client
	index  *index.Index
	http.Handler
	stop    func() // of the broker
	account string // its name
	lsn     int64
	now     int64
}

func newSite(t *testing.T) *site {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	b, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0", Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{
		T: t, client: client.Client{Brokers: []string{b.Addr()}}, now: 1_780_000_000_000, account: "acme",
		stop: func() { b.Close() },
	}
	t.Cleanup(s.stop)
	s.index, err = index.Open(t.Context(), index.Options{Client: s.client, Prefix: "digitalocean", Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.index.Close() })
	s.Handler = console.New(t.Context(), console.Options{
		Index: s.index, Prefix: "digitalocean", Brokers: b.Addr(), Version: "test", Logger: log, Findings: s.findings,
	})
	return s
}

// findings are all changes, each as if it had met a rule.
func (s *site) findings(ctx context.Context) (all []console.Finding, err error) {
	changes, err := s.index.Changes(ctx, index.Filter{FirstSights: true}, index.Page{Limit: 100})
	for _, ch := range changes {
		all = append(all, console.Finding{
			Rule: "rule", Severity: "critical", Title: "title", Where: ch.ID(),
			What: *ch.Row().Name, ID: ch.ID(), Change: ch, Still: "still so",
			Silence: "silenced by ops: " + *ch.Row().Name, Command: "seachange silence expire '" + *ch.Row().Name + "'",
		})
	}
	return all, err
}

func (s *site) put(records ...client.Record) {
	s.Helper()
	for _, r := range records {
		w, err := s.client.OpenWriter(s.Context(), r.Topic)
		if err != nil {
			s.Fatal(err)
		}
		if err := errors.Join(w.Write(s.Context(), r), w.Close(s.Context())); err != nil {
			s.Fatal(err)
		}
	}
	if err := s.index.Catch(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// event is the account's next one.
func (s *site) event(op schema.Op, resource, id, name, before, after string) client.Record {
	s.lsn++
	s.now += 60_000
	prev := s.now - 30_000
	ev := &schema.Event{Op: op, TsMS: s.now, Source: schema.Source{
		Connector: schema.Connector, Name: "digitalocean", DB: acme, Schema: "digitalocean", Table: resource, LSN: s.lsn,
		TsMS: s.now, PrevTsMS: &prev,
	}}
	row := func(body string) *schema.Row {
		if body == "" {
			return nil
		}
		return &schema.Row{AccountID: acme, ID: id, Name: &name, Body: &body}
	}
	ev.Before, ev.After = row(before), row(after)
	if op == schema.Updated {
		ev.Changes = new(`[{"op":"add","path":"/inbound_rules/0","value":{"protocol":"tcp","ports":"22","sources":{"addresses":["0.0.0.0/0"]}}}]`)
	}
	return client.Record{
		Topic: schema.TopicOf("digitalocean", resource), Key: schema.Key{AccountID: acme, ID: id}.Bytes(),
		Value: ev.Marshal(), Headers: []client.Header{{Key: "account_name", Value: s.account}},
	}
}

func (s *site) get(path string) *httptest.ResponseRecorder {
	s.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(s.Context(), http.MethodGet, path, nil))
	return w
}

func record(resource, id string) string {
	return "/record?" + url.Values{"account": {acme}, "resource": {resource}, "id": {id}}.Encode()
}

const (
	closed = `{"name":"web","inbound_rules":[{"ports":"443","protocol":"tcp"}],"droplet_ids":[412001001]}`
	opened = `{"name":"web","inbound_rules":[{"ports":"22","protocol":"tcp"},{"ports":"443","protocol":"tcp"}],"droplet_ids":[412001001]}`
)

func TestThePagesTellTheStory(t *testing.T) {
	s := newSite(t)
	status := state.CollectionStatus{
		Status: state.NoScope, Reason: "the token lacks database:read", SinceMS: s.now, WholeMS: s.now,
	}
	s.put(
		s.event(schema.Created, "droplets", "412001001", "bastion", "", `{"name":"bastion"}`),
		s.event(schema.Created, "firewalls", "fw-1", "web", "", closed),
		s.event(schema.Updated, "firewalls", "fw-1", "web", closed, opened),
		client.Record{
			Topic: state.SweepsTopic("digitalocean"),
			Key:   state.StatusKey(acme, state.CollectionID{Resource: "databases"}), Value: state.Encode(status),
		},
	)
	between := time.UnixMilli(s.now - 45_000).UTC().Format(time.RFC3339)
	for path, wants := range map[string][]string{
		"/": {
			"1 of 1 collections of acme need attention", "unreadable",
			"the token lacks database:read", "added: inbound tcp 22 from 0.0.0.0/0",
			"How many requests are left stands in no topic",
		},
		"/changes":                                     {"web", "between ", "What changed"},
		"/changes?op=u&text=22":                        {"added: inbound tcp 22"},
		"/changes/" + acme + "/3":                      {"Before and after", `class="add"><code>      &#34;ports&#34;: &#34;22&#34;,`, "kcat -C -b ", "offset 1"},
		record("firewalls", "fw-1"):                    {"There now", "Its life", "bastion", "certain"},
		record("droplets", "412001001"):                {"Is named by", "fw-1"},
		record("firewalls", "fw-1") + "&at=" + between: {"Its body at", "certain"},
		"/record?id=fw-1":                              {"firewalls"},
		"/then":                                        {"droplets", "never read whole"},
		"/then?resource=firewalls":                     {"web"},
		"/then?at=" + between + "&with=now":            {"What is different", "added: inbound tcp 22"},
		"/alerts": {
			"title", "still so", "silenced by ops", "To have it told again", "<code>seachange silence expire",
		},
		"/search?q=412001001":   {"bastion", "web"},
		"/event/" + acme + "/3": {`"op":"u"`},
		"/then/csv":             {"resource,account_id", "fw-1"},
		"/then/json":            {`"resource":"firewalls"`},
		"/then/parquet":         {"PAR1"},
		"/assets/console.css":   {"--sea"},
	} {
		w := s.get(path)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d: %s", path, w.Code, w.Body)
		}
		for _, want := range wants {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s does not say %q:\n%s", path, want, w.Body)
			}
		}
	}
}

// Whoever may name a Droplet must not have a formula run in the spreadsheet of who downloads the accounts.
func TestTheDownloadedCSVHasNoFormula(t *testing.T) {
	s := newSite(t)
	s.put(s.event(schema.Created, "droplets", "412001001", "=1+1", "", `{"name":"=1+1"}`))
	if text := s.get("/then/csv").Body.String(); !strings.Contains(text, ",'=1+1,") || strings.Contains(text, ",=1+1,") {
		t.Errorf("a name that is a formula:\n%s", text)
	}
}

// What the API offers nothing of, below a living parent, is no trouble.
func TestWhatIsNotOfferedNeedsNoLook(t *testing.T) {
	s := newSite(t)
	status := func(resource, parent string, st state.CollectionStatus) client.Record {
		c := state.CollectionID{Resource: resource, Parent: parent}
		return client.Record{
			Topic: state.SweepsTopic("digitalocean"), Key: state.StatusKey(acme, c), Value: state.Encode(st),
		}
	}
	s.put(
		status("databases", "", state.CollectionStatus{Status: state.Whole, WholeMS: time.Now().UnixMilli(), Records: 1}),
		status("database_users", "db-1", state.CollectionStatus{Status: state.NotOffered, Reason: "404 Not Found"}),
	)
	page := s.get("/").Body.String()
	for _, want := range []string{
		"is watched: 2 collections", "2 of 2 collections whole", "not_offered, nothing to look at",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "Needs a look") {
		t.Errorf("what is not offered is a trouble:\n%s", page)
	}
}

func TestWhatCannotBeShownIsSaid(t *testing.T) {
	s := newSite(t)
	s.put(s.event(schema.Created, "firewalls", "fw-1", "web", "", closed))
	for path, tt := range map[string]struct {
		code int
		want string
	}{
		"/nothing":                      {404, "no such page"},
		"/changes/" + acme + "/99":      {404, "none in the topics"},
		"/changes/" + acme + "/x":       {400, "an event has a number"},
		"/changes?op=x":                 {400, "no operation"},
		"/changes?from=tomorrow":        {400, "is no moment"},
		"/changes?before=x":             {400, "link to this page is broken"},
		"/then?at=0000-99-99":           {400, "is no moment"},
		"/then?at=-1":                   {400, "is no moment"},
		"/then?with=yesterday":          {400, "is no moment"},
		"/then/exe":                     {404, "csv, json and parquet"},
		record("firewalls", "other"):    {404, "none in the topics"},
		record("no_such_resource", "x"): {404, "none in the topics"},
		"/record":                       {400, "which record"},
		"/record?id=other":              {404, "no record has the id"},
		"/event/" + acme + "/99":        {404, "none in the topics"},
	} {
		w := s.get(path)
		if w.Code != tt.code || !strings.Contains(strings.ToLower(w.Body.String()), tt.want) {
			t.Errorf("%s: %d, want %d and %q:\n%s", path, w.Code, tt.code, tt.want, w.Body)
		}
	}
	for _, path := range []string{"/then?at=1970-01-01", "/then?at=9999-12-31", "/search", "/search?q=" + url.QueryEscape(`" OR NEAR( * -`), "/changes?account=nobody"} {
		if w := s.get(path); w.Code != http.StatusOK {
			t.Errorf("%s: %d, want a page that says that there is nothing:\n%s", path, w.Code, w.Body)
		}
	}
}

// hostile are names that others may give their things.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, "a\x1b[2J\x1b]0;x\x07b",
	`</title></style></textarea><svg onload=alert(1)>`, "\u202egnp.exe", `{{.}}`, `${7*7}`, `; rm -rf / #`, `$(id)`, "`id`", "data: x\n\nevent: reload\n",
}

// What others call their things does nothing, on no page.
func TestHostileNamesDoNothing(t *testing.T) {
	s := newSite(t)
	var records []client.Record
	for _, name := range hostile {
		s.account = name
		text, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"name":` + string(text) + `,"tags":["one"]}`
		records = append(records, s.event(schema.Created, "firewalls", name, name, "", body),
			s.event(schema.Updated, "firewalls", name, name, body, strings.Replace(body, "one", "two", 1)),
			client.Record{
				Topic: state.SweepsTopic("digitalocean"),
				Key:   state.StatusKey(acme, state.CollectionID{Resource: "databases", Parent: name}),
				Value: state.Encode(state.CollectionStatus{Status: state.Failing, Reason: name}),
			})
	}
	s.put(records...)
	paths := []string{"/", "/changes", "/then", "/alerts", "/then?with=now&at=1999-01-01", "/then?resource=firewalls"}
	for i, name := range hostile {
		q := url.QueryEscape(name)
		paths = append(paths, "/changes?text="+q+"&id="+q+"&account="+q+"&resource="+q, "/changes?op="+q,
			fmt.Sprintf("/changes/%s/%d?full=1", acme, 2*i+2),
			record("firewalls", name), "/record?id="+q, "/then?at="+q, "/search?q="+q, "/nothing/"+url.PathEscape(name))
	}
	for _, path := range paths {
		w := s.get(path)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s: %s", path, w.Body)
		}
		harmless(t, path, w.Body)
	}
}

// elements are those of the templates.
const elements = " html head meta title link script body a header img nav form label input kbd div p main footer " +
	"span h1 h2 h3 section ol ul li time svg g rect table caption colgroup col thead tbody tr th td code pre button " +
	"details summary select option dl dt dd output b meter "

// harmless fails if a page has an element or an attribute that is none of the templates', leads elsewhere, or shows
// what would change how text is read.
func harmless(t *testing.T, path string, page io.Reader) {
	t.Helper()
	tokens, scripts := html.NewTokenizer(page), 0
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type == html.TextToken && strings.ContainsAny(token.Data, "\x1b\x07\u202e") {
			t.Errorf("%s shows %q", path, token.Data)
		}
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		if !strings.Contains(elements, " "+token.Data+" ") {
			t.Errorf("%s has an element %s", path, token)
		}
		if token.Data == "script" {
			scripts++
		}
		for _, a := range token.Attr {
			leads := (a.Key == "href" || a.Key == "src" || a.Key == "action") && a.Val != "#main" && a.Val != "#foot"
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" ||
				(leads && !strings.HasPrefix(a.Val, "/")) || strings.HasPrefix(a.Val, "//") {
				t.Errorf("%s has %s", path, token)
			}
		}
	}
	if scripts != 1 {
		t.Errorf("%s has %d scripts, want the console's own", path, scripts)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := newSite(t)
	s.put(s.event(schema.Created, "firewalls", "fw-1", "web", "", closed))
	for _, path := range []string{"/", "/changes", "/nothing", "/assets/console.js", "/event/" + acme + "/1"} {
		h := s.get(path).Header()
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") ||
			strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/changes", strings.NewReader("x")))
		if w.Code < 400 {
			t.Errorf("%s is answered with %d: the console only reads", method, w.Code)
		}
	}
	page := s.get("/").Body.String()
	if regexp.MustCompile(`(?i)<style|\sstyle=|https?://`).MatchString(page) {
		t.Errorf("a page has a style of its own, or names another host:\n%s", page)
	}
}

func TestGuard(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("obviously-fake"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, err := console.ReadUsers(strings.NewReader("# who may look\nann:" + string(hash) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	ask := func(g console.Guard, host, user, password, header string) int {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if user != "" {
			r.SetBasicAuth(user, password)
		}
		if header != "" {
			r.Header.Set("X-Forwarded-User", header)
		}
		w := httptest.NewRecorder()
		g.Protect(ok).ServeHTTP(w, r)
		return w.Code
	}
	named, proxied := console.Guard{Users: users},
		console.Guard{Header: "X-Forwarded-User", Hosts: []string{"console.example.com"}}
	for name, tt := range map[string]struct{ got, want int }{
		"this machine":                     {ask(console.Guard{}, "localhost:8181", "", "", ""), 200},
		"an address":                       {ask(console.Guard{}, "[::1]:8181", "", "", ""), 200},
		"a name that somebody points here": {ask(console.Guard{}, "evil.example.com", "", "", ""), 421},
		"a name of its own":                {ask(proxied, "Console.Example.Com:443", "", "", "ann"), 200},
		"a proxy that names nobody":        {ask(proxied, "console.example.com", "", "", ""), 403},
		"nobody":                           {ask(named, "127.0.0.1", "", "", ""), 401},
		"somebody else":                    {ask(named, "127.0.0.1", "bob", "obviously-fake", ""), 401},
		"a wrong password":                 {ask(named, "127.0.0.1", "ann", "wrong", ""), 401},
		"ann":                              {ask(named, "127.0.0.1", "ann", "obviously-fake", ""), 200},
		"ann again":                        {ask(named, "127.0.0.1", "ann", "obviously-fake", ""), 200},
		"ann with a wrong password again":  {ask(named, "127.0.0.1", "ann", "wrong", ""), 401},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %d, want %d", name, tt.got, tt.want)
		}
	}
	for file, want := range map[string]string{
		"": "nobody is in it", "ann": "line 1", "ann:secret": "line 1",
		"# x\n:" + string(hash): "line 2",
	} {
		if _, err := console.ReadUsers(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}

func TestManyResultsAndALargeBodyAreBounded(t *testing.T) {
	s := newSite(t)
	large := `{"a":[` + strings.TrimSuffix(strings.Repeat(`"0123456789 abcdef",`, 250_000), ",") + `]}`
	w, err := s.client.OpenWriter(t.Context(), "digitalocean.droplets")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		r := s.event(schema.Created, "droplets", fmt.Sprint("d-", i), "node", "", `{"name":"node"}`)
		if err := w.Write(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.put(s.event(schema.Created, "firewalls", "large", "large", "", large))
	for path, want := range map[string]string{
		"/changes?resource=droplets":               "Older changes",
		"/changes?text=node&resource=droplets":     "Older changes",
		"/search?q=node":                           "100 or more records",
		"/then?resource=droplets":                  "9000 more",
		fmt.Sprintf("/changes/%s/%d", acme, s.lsn): "more lines are not shown",
		record("firewalls", "large"):               "more lines are not shown",
	} {
		page := s.get(path).Body.String()
		if !strings.Contains(page, want) || len(page) > 2<<20 {
			t.Errorf("%s has %d bytes, want at most 2 MB, and %q", path, len(page), want)
		}
	}
	seen, next := 0, "/changes?resource=droplets"
	for next != "" {
		page := s.get(next).Body.String()
		seen += strings.Count(page, `<li class="change"`)
		next = ""
		if m := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page); m != nil {
			next = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if seen != 10_000 {
		t.Errorf("page after page there are %d changes, want each of 10000 once", seen)
	}
}

// A page that is open is told of what comes, and that the broker is gone.
func TestAnOpenPageIsTold(t *testing.T) {
	s := newSite(t)
	s.put(s.event(schema.Created, "firewalls", "fw-1", "web", "", closed))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go s.Handler.(*console.Console).Run(ctx)
	followed := make(chan error, 1)
	go func() { followed <- s.index.Follow(ctx) }()
	srv := httptest.NewServer(s)
	defer srv.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/live?changes=1&resource=firewalls", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	heard(t, lines, `"ready":true`)
	for _, r := range []client.Record{
		s.event(schema.Created, "droplets", "not wanted", "not wanted", "", `{"name":"not wanted"}`), s.event(schema.Updated, "firewalls", "fw-1", "web", closed, opened),
	} {
		w, err := s.client.OpenWriter(ctx, r.Topic)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(ctx, r), w.Close(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	if line := heard(t, lines, "inbound tcp 22"); strings.Contains(line, "not wanted") {
		t.Errorf("the page is told of what its filter leaves out: %s", line)
	}
	s.stop()
	heard(t, lines, `"fault":"[^"]`)
	if page := s.get("/changes"); page.Code != http.StatusOK ||
		!strings.Contains(page.Body.String(), "what was last known") {
		t.Errorf("without the broker: %d: %s", page.Code, page.Body)
	}
	cancel()
	if err := <-followed; err != nil {
		t.Error(err)
	}
}

func heard(t testing.TB, lines *bufio.Scanner, pattern string) string {
	t.Helper()
	for lines.Scan() {
		if regexp.MustCompile(pattern).MatchString(lines.Text()) {
			return lines.Text()
		}
	}
	t.Fatalf("the stream ended without %s: %v", pattern, cmpErr(lines.Err()))
	return ""
}

func cmpErr(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

func TestTheAssetsAreSmall(t *testing.T) {
	s := newSite(t)
	total := 0
	for _, path := range []string{"/assets/console.css", "/assets/console.js", "/assets/icon.svg"} {
		total += s.get(path).Body.Len()
	}
	if total > 30_000 {
		t.Errorf("%d bytes of assets, want at most 30 KB", total)
	}
}
