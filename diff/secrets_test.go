package diff_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// marker is in every secret of these tests: nothing that is published may hold it.
const marker = "FAKEMARKER"

var secretNames = strings.Fields(`new_password newPassword Password initial_root_password privateKey ssh_private_key wireguard_private_key
	accessToken session_token apiKey bgp_auth_key psk preshared_key kube_config X-Api-Key clientSecret dbPass connectionString`)

// secretTexts are values that give themselves away, whatever their member is called.
var secretTexts = []string{
	"dop_v1_" + marker, "doo_v1_" + marker, "ghp_" + marker, "github_pat_" + marker, "glpat-" + marker, "xoxb-" + marker,
	"sk_live_" + marker,
	"postgres://doadmin:" + marker + "@db.example.com:25060/defaultdb", "https://user:" + marker + "@example.com",
	"https://example.com/health?token=" + marker,
	"-----BEGIN PRIVATE KEY-----\n" + marker + "\n-----END PRIVATE KEY-----\n",
	"PGPASSWORD=" + marker + " psql", "run --api-key " + marker, "curl -H 'Authorization: Bearer " + marker + "'", `{"password": "` + marker + `"}`,
}

// plant puts secrets into every object of a value: by name, by look, in arrays, in objects of their own.
func plant(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			plant(inner)
		}
		for i, name := range secretNames {
			v[name] = []any{
				marker,
				[]any{marker},
				map[string]any{"value": marker},
				[]any{map[string]any{"part": marker, "n": 1}},
			}[i%4]
		}
		for i, text := range secretTexts {
			v["note_"+strconv.Itoa(i)] = text
			v["notes_"+strconv.Itoa(i)] = []any{"x", text, map[string]any{"deeper": []any{text}}}
		}
		v["unheard_of"] = map[string]any{
			"connection": map[string]any{"uri": "mysql://u:" + marker + "@h/d"},
			"headers": []any{
				map[string]any{"key": "X-Api-Key", "value": marker}, map[string]any{"name": "DB_PASSWORD", "value": marker},
			},
		}
	case []any:
		for _, inner := range v {
			plant(inner)
		}
	}
}

// exampleOf is DigitalOcean's example of a row's record, or of the whole response where that is the record.
func exampleOf(t testing.TB, r *schema.Resource) map[string]any {
	t.Helper()
	text, err := os.ReadFile("../schema/testdata/examples/" + r.Name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var v any
	decode(t, text, &v)
	items, _, _ := strings.Cut(r.Items, "|")
	for name := range strings.SplitSeq(items, ".") {
		name, isEdge := strings.CutSuffix(name, "[]")
		if o, ok := v.(map[string]any); ok && name != "" {
			v = o[name]
		}
		if isEdge {
			v = v.([]any)[0]
		}
	}
	if o, ok := v.(map[string]any); ok && r.Kind == schema.Map {
		for _, record := range o {
			v = record
		}
	}
	if list, ok := v.([]any); ok {
		v = list[0]
	}
	record, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s: the example has no record", r.Name)
	}
	return record
}

func TestNoSecretComesOutOfAnyRow(t *testing.T) {
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		record := exampleOf(t, r)
		plant(record)
		body := string(form(t, compile(t, *r, diff.Options{}), string(encodeBytes(t, record))).Body)
		if at := strings.Index(body, marker); at >= 0 {
			t.Errorf("%s: a secret comes out: …%s…", r.Name, body[max(0, at-80):min(len(body), at+40)])
		}
	}
}

// TestNoSecretComesOutOfAKnownMember gives each text of each example a value that gives itself away.
func TestNoSecretComesOutOfAKnownMember(t *testing.T) {
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		rules := compile(t, *r, diff.Options{})
		for _, text := range secretTexts {
			record := exampleOf(t, r)
			fill(record, text)
			for member := range strings.SplitSeq(r.ID, "+") {
				delete(record, strings.Split(member, ".")[0]) // what every event's key shows
			}
			if body := string(form(t, rules, string(encodeBytes(t, record))).Body); strings.Contains(body, marker) {
				t.Errorf("%s: %q comes out: %s", r.Name, text, body[:min(len(body), 300)])
			}
		}
	}
}

// fill makes every text of a value the same.
func fill(v any, text string) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if _, ok := inner.(string); ok {
				v[name] = text
			}
			fill(inner, text)
		}
	case []any:
		for i, inner := range v {
			if _, ok := inner.(string); ok {
				v[i] = text
			}
			fill(inner, text)
		}
	}
}

func TestWhatOnlyTellsAboutSecretsIsShown(t *testing.T) {
	const record = `{"id":"a","public_key":"ssh-rsa AAAA alice@laptop","fingerprint":"3b:16","token_count":7,"input_tokens":12,"password_set":true,` +
		`"api_keys":[{"uuid":"u-1","name":"ci","created_at":"2026-11-01T00:00:00Z"}],"key":"env","ssh_keys":[1,2],"target":"https://example.com/health"}`
	got := string(form(t, compile(t, schema.Resource{}, diff.Options{}), record).Body)
	if strings.Contains(got, "***") {
		t.Errorf("something is masked: %s", got)
	}
}

// The id is every event's key: to mask it in the body would hide nothing.
func TestAnIDIsShown(t *testing.T) {
	r := schema.Resource{ID: "access_key"}
	if got := string(form(t, compile(t, r, diff.Options{}), `{"access_key":"DO00FAKE"}`).Body); !strings.Contains(got, "DO00FAKE") {
		t.Errorf("got %s", got)
	}
}

func TestASecretByItsLookIsSeenToChangeUnderAMaskKey(t *testing.T) {
	for _, record := range []string{
		`{"id":"a","note":"dop_v1_%s"}`, `{"id":"a","newPassword":"%s"}`, `{"id":"a","l":[{"privateKey":{"pem":"%s"}}]}`,
		`{"id":"a","envs":[{"key":"DB_PASSWORD","value":"%s"}]}`,
	} {
		one, other := fmt.Sprintf(record, "FAKE1"), fmt.Sprintf(record, "FAKE2")
		keyed, plain := compile(t, schema.Resource{}, fakeKey), compile(t, schema.Resource{}, diff.Options{})
		if a, b := form(t, keyed, one), form(t, keyed, other); a.Fingerprint == b.Fingerprint ||
			strings.Contains(string(a.Body), "FAKE1") {
			t.Errorf("with a key %s and %s can't be told apart: %s", one, other, a.Body)
		}
		if a, b := form(t, plain, one), form(t, plain, other); a.Fingerprint != b.Fingerprint ||
			string(a.Body) != string(b.Body) {
			t.Errorf("without a key %s and %s are told apart: %s, %s", one, other, a.Body, b.Body)
		}
		stored := form(t, keyed, one)
		if fingerprint, err := keyed.Fingerprint(stored.Body); err != nil || fingerprint != stored.Fingerprint {
			t.Errorf("%s: as published it has another fingerprint (%v)", stored.Body, err)
		}
	}
}

func TestPersonalDataIsMaskedByItsLook(t *testing.T) {
	const record = `{"id":"a","cause_details":{"digitalocean_user_action":{"user":{"uuid":"u","email":"sammy@example.com","full_name":"Sammy Shark"}}},` +
		`"note":"by sammy@example.com","updatedByEmail":"x"}`
	for i := range schema.Catalog {
		r := schema.Catalog[i]
		r.ID = "id"
		shown := string(form(t, compile(t, r, diff.Options{}), record).Body)
		masked := string(form(t, compile(t, r, diff.Options{MaskPII: true}), record).Body)
		if !strings.Contains(shown, "sammy@example.com") || strings.Contains(masked, "sammy@") || strings.Contains(masked, "Shark") || !strings.Contains(masked, `"u"`) {
			t.Errorf("%s: unasked %s, asked for %s", r.Name, shown, masked)
		}
	}
}

func TestUnknownMembersAreMaskedIfAskedFor(t *testing.T) {
	const record = `{"id":1,"name":"web-1","tags":["a"],"new":"x","networks":{"v4":[{"ip_address":"203.0.113.7","hops":[1,2]}]},"more":{"id":2}}`
	rules := compile(t, *schema.Lookup("droplets"), diff.Options{MaskUnknown: true})
	want := `{"id":1,"more":"***","name":"web-1","networks":{"v4":[{"hops":"***","ip_address":"203.0.113.7"}]},"new":"***","tags":["a"]}`
	if got := string(form(t, rules, record).Body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// earlier returns rules as a release wrote them that knew less of secrets.
func earlier(t *testing.T, r *diff.Rules, was, is string) *diff.Rules {
	t.Helper()
	text := strings.Replace(r.Text(), was, is, 1)
	if text == r.Text() {
		t.Fatalf("%s: no %s in it", text, was)
	}
	before, err := diff.ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return before
}

// TestNewMasksMakeNoStorm: what a release learns to mask, or not to mask any more, is no change of the record.
func TestNewMasksMakeNoStorm(t *testing.T) {
	const record = `{"id":"a","newPassword":"x","note":"dop_v1_FAKE","by":"sammy@example.com","l":[{"accessToken":"y"}],"n":1}`
	for name, tt := range map[string]struct {
		o, wasO diff.Options
		was, is string // in the rules' text
	}{
		"the first release that looks":    {was: `,"look":"1"`},
		"the same with a mask key":        {was: `,"look":"1"`, o: fakeKey, wasO: fakeKey},
		"personal data from now on":       {o: diff.Options{MaskPII: true}},
		"personal data no longer":         {wasO: diff.Options{MaskPII: true}},
		"another look, which masked more": {was: `"look":"1"`, is: `"look":"0"`, wasO: diff.Options{MaskPII: true}},
		"what is unknown from now on":     {o: diff.Options{MaskUnknown: true}},
		"what is unknown no longer":       {wasO: diff.Options{MaskUnknown: true}},
		"what is unknown no longer, with a key": {
			wasO: diff.Options{MaskUnknown: true, MaskKey: fakeKey.MaskKey},
			o:    fakeKey,
		},
		"what is unknown from now on, with a key": {
			o: diff.Options{MaskUnknown: true, MaskKey: fakeKey.MaskKey}, wasO: fakeKey,
		},
		"personal data no longer, with a mask key": {wasO: diff.Options{MaskPII: true, MaskKey: fakeKey.MaskKey}, o: fakeKey},
	} {
		t.Run(name, func(t *testing.T) {
			row := *schema.Lookup("droplets")
			row.ID, row.Clock = "id", ""
			was, is := compile(t, row, tt.wasO), compile(t, row, tt.o)
			old := was
			if tt.was != "" {
				was = earlier(t, was, tt.was, tt.is)
				if len(tt.wasO.MaskKey) == 0 {
					old = was
				}
			}
			s := rulesBefore(t, old, was, is, record)
			got := ops(sweep(t, s, diff.SweepOptions{}, page(20, record)).Changes())
			if got != "" && got != "silent" {
				t.Errorf("got %q, want nothing or silence", got)
			}
			changed := strings.Replace(record, `"n":1`, `"name":"other"`, 1)
			if got := ops(sweep(t, s, diff.SweepOptions{}, page(30, changed)).Changes()); got != "u" {
				t.Errorf("a change beside it: got %q, want u", got)
			}
		})
	}
}

// rulesBefore makes a state of one record with old rules, whose text is was's, and takes it to new ones as a restart
// does.
func rulesBefore(t *testing.T, old, was, is *diff.Rules, raw string) *diff.State {
	t.Helper()
	before := diff.NewState(old, diff.NewPack())
	apply(t, before, diff.SweepOptions{}, page(10, raw))
	p, _ := before.Get("a")
	parsed, err := diff.ParseRules(was.Text())
	if err != nil {
		t.Fatal(err)
	}
	s := diff.NewState(is, diff.NewPack())
	s.Restore("a", p)
	s.Rebase(parsed)
	return s
}

// FuzzSecrets holds that a secret that is put anywhere into any record doesn't come out.
func FuzzSecrets(f *testing.F) {
	f.Add(`{"id":"a","l":[{"x":"y"}]}`, uint(0), uint(0))
	f.Add(`{"id":"a","password_set":{"name":"x","api_keys":[1]}}`, uint(3), uint(9))
	rules := compile(f, *schema.Lookup("droplets"), diff.Options{})
	f.Fuzz(func(t *testing.T, raw string, where, which uint) {
		var v any
		if json.Unmarshal([]byte(raw), &v) != nil {
			return
		}
		record, ok := v.(map[string]any)
		if !ok {
			return
		}
		delete(record, "id")
		objects := gather(record, nil)
		at := objects[where%uint(len(objects))]
		if i := which % uint(len(secretNames)+len(secretTexts)); i < uint(len(secretNames)) {
			at[secretNames[i]] = marker
		} else {
			at["note"] = secretTexts[i-uint(len(secretNames))]
		}
		form, err := rules.Form(encodeBytes(t, record))
		if err == nil && strings.Contains(string(form.Body), marker) {
			t.Errorf("it comes out: %s", form.Body)
		}
	})
}

// gather returns all objects of a value.
func gather(v any, all []map[string]any) []map[string]any {
	switch v := v.(type) {
	case map[string]any:
		all = append(all, v)
		for _, name := range sortedNames(v) {
			all = gather(v[name], all)
		}
	case []any:
		for _, inner := range v {
			all = gather(inner, all)
		}
	}
	return all
}

func sortedNames(o map[string]any) []string {
	var names []string
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func encodeBytes(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
