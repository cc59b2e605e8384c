package spaces_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
)

func client(t *testing.T, over http.RoundTripper, change ...func(*spaces.Options)) *spaces.Client {
	t.Helper()
	o := spaces.Options{Key: spacestest.Key, Transport: over, Regions: []string{"fra1", "ams3"}}
	for _, f := range change {
		f(&o)
	}
	c, err := spaces.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listing is what a look at everything answered.
type listing struct {
	records    map[string]string
	unreadable map[string][]string
	pages      int
	err        error
}

func list(t *testing.T, c *spaces.Client) listing {
	t.Helper()
	l := listing{records: map[string]string{}, unreadable: map[string][]string{}}
	for page, err := range c.Pages(t.Context()) {
		if err != nil {
			l.err = err
			break
		}
		l.pages++
		for r, err := range page.Records {
			if err != nil {
				t.Fatal(err)
			}
			l.records[r.ID] = string(r.JSON)
			if len(r.Unreadable) > 0 {
				l.unreadable[r.ID] = r.Unreadable
			}
		}
	}
	return l
}

func kind(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var se *producer.SourceError
	if !errors.As(err, &se) {
		t.Fatalf("not a SourceError: %v", err)
	}
	return se.Kind.String()
}

const (
	bare = `"name":"pictures","policy":null,"region":"fra1","urn":"do:space:pictures","versioning":{}}`
	acl  = `{"acl":{"AccessControlList":{"Grant":[{"Grantee":{"DisplayName":"1234567","ID":"1234567","type":"CanonicalUser"},"Permission":"FULL_CONTROL"}]},"Owner":{"DisplayName":"1234567","ID":"1234567"}},`
	when = `"created_at":"2025-04-02T09:30:00.000Z",`
)

func TestABucketIsWhatS3SaysOfIt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bucket spacestest.Bucket
		want   string
	}{
		{"bare", spacestest.Bucket{}, acl + `"cors":null,` + when + `"lifecycle":null,"location":"fra1",` + bare},
		{
			"everything",
			spacestest.Bucket{
				Versioning: `<Status>Suspended</Status>`,
				CORS:       `<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><MaxAgeSeconds>3000</MaxAgeSeconds></CORSRule></CORSConfiguration>`,
				Lifecycle:  `<LifecycleConfiguration><Rule><ID>old</ID><Filter/><Status>Enabled</Status><Expiration><Days>90</Days></Expiration></Rule></LifecycleConfiguration>`,
				Policy:     `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*"}}`,
			},
			acl + `"cors":{"CORSRule":[{"AllowedMethod":["GET"],"AllowedOrigin":["*"],"MaxAgeSeconds":"3000"}]},` + when +
				`"lifecycle":{"Rule":[{"Expiration":{"Days":"90"},"Filter":{},"ID":"old","Status":"Enabled"}]},"location":"fra1","name":"pictures",` +
				`"policy":{"Statement":[{"Effect":"Deny","Principal":"*"}],"Version":"2012-10-17"},"region":"fra1","urn":"do:space:pictures","versioning":{"Status":"Suspended"}}`,
		},
		{
			"what nobody knows yet",
			spacestest.Bucket{Versioning: `<Status>Enabled</Status><Depth><Years>7</Years></Depth><Note a="b"/><Note>two</Note>`, Extra: `<StorageClass>COLD</StorageClass>`},
			`{"StorageClass":"COLD",` + acl[1:] + `"cors":null,` + when + `"lifecycle":null,"location":"fra1",` +
				strings.Replace(bare, `{}`, `{"Depth":{"Years":"7"},"Note":[{"a":"b"},"two"],"Status":"Enabled"}`, 1),
		},
		{"no grant", spacestest.Bucket{ACL: `<AccessControlPolicy><AccessControlList/></AccessControlPolicy>`}, `{"acl":{"AccessControlList":{}},"cors":null,` + when + `"lifecycle":null,"location":"fra1",` + bare},
		{"an empty policy", spacestest.Bucket{Policy: " "}, acl + `"cors":null,` + when + `"lifecycle":null,"location":"fra1",` + bare},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := spacestest.New()
			s.Put("fra1", "pictures", tt.bucket)
			l := list(t, client(t, s))
			if d := cmp.Diff(map[string]string{"fra1+pictures": tt.want}, l.records); d != "" || l.err != nil {
				t.Errorf("%v (-want +got):\n%s", l.err, d)
			}
		})
	}
}

func TestEveryRegionIsAskedForItsBucketsAndNothingForObjects(t *testing.T) {
	s := spacestest.New()
	s.PerPage(2)
	var want []string
	for _, region := range spaces.Regions() {
		for n := range 5 {
			s.Put(region, fmt.Sprintf("bucket-%d", n), spacestest.Bucket{})
			want = append(want, fmt.Sprintf("%s+bucket-%d", region, n))
		}
	}
	l := list(t, client(t, s, func(o *spaces.Options) { o.Regions = nil }))
	var got []string
	for id := range l.records {
		got = append(got, id)
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" || l.err != nil {
		t.Errorf("%v (-want +got):\n%s", l.err, d)
	}
	if n, most := len(s.Requests()), len(spaces.Regions())*3+len(want)*6; n != most {
		t.Errorf("%d requests, want %d", n, most)
	}
	if faults := s.Faults(); len(faults) > 0 {
		t.Errorf("asked of Spaces: %q", faults)
	}
}

func TestAnEndpointThatListsOtherRegionsBucketsTellsNothingTwice(t *testing.T) {
	s := spacestest.New()
	s.Put("fra1", "pictures", spacestest.Bucket{})
	s.Put("ams3", "pictures", spacestest.Bucket{Location: "fra1"})
	s.Put("ams3", "old", spacestest.Bucket{Location: "us-east-1"})
	l := list(t, client(t, s))
	if len(l.records) != 2 || l.records["fra1+pictures"] == "" || l.records["ams3+old"] == "" {
		t.Errorf("got %v, %v", l.records, l.err)
	}
}

func TestWhatARefusalMeans(t *testing.T) {
	for _, tt := range []struct {
		name           string
		at             []string
		status         int
		code           string
		kind, says     string
		records, pages int
		unreadable     []string
	}{
		{"aspect denied", []string{"fra1/pictures?acl"}, 403, "AccessDenied", "", "", 2, 1, []string{"acl"}},
		{"aspect not offered", []string{"fra1/pictures?policy"}, 405, "MethodNotAllowed", "", "", 2, 1, []string{"policy"}},
		{
			"two of them",
			[]string{"fra1/pictures?policy", "fra1/pictures?cors"},
			501, "NotImplemented", "", "", 2, 1,
			[]string{"cors", "policy"},
		},
		{
			"aspect fails",
			[]string{"fra1/pictures?cors"},
			500, "InternalError", "failed",
			"get cors of spaces_buckets pictures in fra1: 500 InternalError", 1, 1, nil,
		},
		{"aspect of a proxy's", []string{"fra1/pictures?cors"}, 404, "", "failed", "pictures in fra1: 404", 1, 1, nil},
		{
			"absence of another aspect",
			[]string{"fra1/pictures?cors"},
			404, "NoSuchBucketPolicy", "failed",
			"404 NoSuchBucketPolicy", 1, 1, nil,
		},
		{
			"aspect, with a key that was revoked",
			[]string{"fra1/pictures?cors"},
			403, "InvalidAccessKeyId", "failed",
			"the Spaces key is refused", 1, 1, nil,
		},
		{"gone since it was listed", []string{"fra1/pictures?cors"}, 404, "NoSuchBucket", "", "", 1, 1, nil},
		{
			"a region denied",
			[]string{"fra1"},
			403, "AccessDenied", "failed",
			"list spaces_buckets in fra1: 403 AccessDenied: the Spaces key may not list the buckets there", 1, 1, nil,
		},
		{
			"a region down",
			[]string{"fra1"},
			503, "ServiceUnavailable", "failed",
			"list spaces_buckets in fra1: 503 ServiceUnavailable", 1, 1, nil,
		},
		{"a redirect", []string{"fra1"}, 301, "PermanentRedirect", "failed", "301 PermanentRedirect", 1, 1, nil},
		{
			"every region denied",
			[]string{"fra1", "ams3"},
			403, "AccessDenied", "unreadable",
			"may not list the buckets", 0, 0, nil,
		},
		{
			"a wrong key",
			[]string{"fra1", "ams3"},
			403, "SignatureDoesNotMatch", "unreadable",
			"the Spaces key is refused", 0, 0, nil,
		},
		{
			"a wrong key, in other words",
			[]string{"fra1", "ams3"},
			401, "", "unreadable",
			"the Spaces key is refused", 0, 0, nil,
		},
		{"everything down", []string{"fra1", "ams3"}, 503, "SlowDown", "throttled", "and 1 more", 0, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := spacestest.New()
			s.Put("fra1", "pictures", spacestest.Bucket{})
			s.Put("ams3", "logs", spacestest.Bucket{})
			for _, at := range tt.at {
				s.Refuse(at, tt.status, tt.code)
			}
			l := list(t, client(t, s))
			if got := kind(t, l.err); got != tt.kind || len(l.records) != tt.records || l.pages != tt.pages {
				t.Errorf("%q, %d records, %d pages, want %q, %d, %d: %v", got, len(l.records), l.pages, tt.kind, tt.records,
					tt.pages, l.err)
			}
			if d := cmp.Diff(tt.unreadable, l.unreadable["fra1+pictures"]); d != "" {
				t.Errorf("unreadable (-want +got):\n%s", d)
			}
			for _, member := range tt.unreadable {
				if strings.Contains(l.records["fra1+pictures"], `"`+member+`":`) {
					t.Errorf("%s can't be read, and is %s", member, l.records["fra1+pictures"])
				}
			}
			if l.err == nil {
				return
			}
			if text := l.err.Error(); !strings.Contains(text, tt.says) || strings.Contains(text, "\n") ||
				strings.Contains(text, "words") {
				t.Errorf("got %q, want it to say %q", text, tt.says)
			}
		})
	}
}

func TestGetAsksWhetherABucketIsThere(t *testing.T) {
	s := spacestest.New()
	s.Put("fra1", "pictures", spacestest.Bucket{})
	c := client(t, s)
	for _, tt := range []struct {
		id, code, want string
		status         int
	}{
		{"fra1+pictures", "", "", 0},
		{"fra1+other", "", "gone", 0},
		{"ams3+pictures", "", "gone", 0},
		{"fra1+pictures", "AccessDenied", "unreadable", 403},
		{"fra1+pictures", "InternalError", "failed", 500},
		{"fra1+pictures", "", "failed", 404}, // a proxy's, not S3's
		{"fra1+pictures", "NoSuchKey", "failed", 404},
		{"evil.example.com/+pictures", "", "failed", 0}, // the key goes there never
		{"fra1+../x", "", "failed", 0},
	} {
		s.Refuse("fra1/pictures", tt.status, tt.code)
		page, err := c.Get(t.Context(), tt.id)
		if got := kind(t, err); got != tt.want || page.EndedMS < page.BeganMS || page.EndedMS == 0 {
			t.Errorf("%s with %d %s: got %q (%v) at %d", tt.id, tt.status, tt.code, got, err, page.EndedMS)
		}
	}
}

// answer is a transport that says the same to everything.
type answer struct {
	body string
	err  error
}

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func TestWhatIsNoListing(t *testing.T) {
	for name, tt := range map[string]struct {
		answer answer
		says   string
	}{
		"a page of a proxy": {answer{body: "<html><body>Welcome</body></html>"}, "not an XML ListAllMyBucketsResult"},
		"nothing":           {answer{}, "not an XML ListAllMyBucketsResult"},
		"cut": {
			answer{body: "<ListAllMyBucketsResult><Buckets><Bucket><Name>pictures</Name>"},
			"XML is broken",
		},
		"a path for a name": {
			answer{
				body: "<ListAllMyBucketsResult><Buckets><Bucket><Name>../../x</Name></Bucket></Buckets></ListAllMyBucketsResult>",
			},
			"no name of a bucket",
		},
		"more, without where": {
			answer{body: "<ListAllMyBucketsResult><IsTruncated>true</IsTruncated></ListAllMyBucketsResult>"},
			"doesn't say where",
		},
		"the same again": {
			answer{body: "<ListAllMyBucketsResult><ContinuationToken>x</ContinuationToken></ListAllMyBucketsResult>"},
			"doesn't say where",
		},
		"nested without end": {answer{body: strings.Replace("<ListAllMyBucketsResult>x</ListAllMyBucketsResult>", "x",
			strings.Repeat("<a>", 1000)+strings.Repeat("</a>", 1000), 1)}, "nested too deep"},
		"too large": {answer{body: strings.Repeat(" ", 17<<20)}, "larger than"},
		"the network is away": {
			answer{err: errors.New("connection refused")},
			"list spaces_buckets in fra1: connection refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := list(t, client(t, tt.answer))
			if kind(t, l.err) != "failed" || l.pages != 0 || !strings.Contains(l.err.Error(), tt.says) ||
				strings.Contains(l.err.Error(), "https://") {
				t.Errorf("%d pages, %v, want it to say %q", l.pages, l.err, tt.says)
			}
		})
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestASilentRegionIsLeftAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		l := list(t, client(t, silent{}))
		if took := time.Since(began); took != 30*time.Second ||
			!strings.Contains(l.err.Error(), "no whole response in time") {
			t.Errorf("after %v: %v", took, l.err)
		}
	})
}

func TestTheKeyGoesNowhereElse(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	}))
	defer other.Close()
	turn := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer turn.Close()
	l := list(t, client(t, nil, func(o *spaces.Options) { o.Endpoint = turn.URL }))
	if kind(t, l.err) != "failed" || !strings.Contains(l.err.Error(), "307") {
		t.Errorf("got %v", l.err)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	s, registry := spacestest.New(), prometheus.NewRegistry()
	s.Put("fra1", "pictures", spacestest.Bucket{})
	s.Refuse("fra1/pictures?acl", 403, "AccessDenied")
	s.Refuse("ams3", 503, "SlowDown")
	metrics, err := spaces.NewMetrics(registry, true)
	if err != nil {
		t.Fatal(err)
	}
	list(t, client(t, s, func(o *spaces.Options) {
		o.Metrics, o.Account = metrics, func() string { return "team-1" }
	}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			labels := f.GetName()
			for _, l := range m.Label {
				labels += " " + l.GetValue()
			}
			got[labels] = m.Counter.GetValue()
		}
	}
	want := map[string]float64{
		"seachange_spaces_requests_total team-1 ok fra1":         6,
		"seachange_spaces_requests_total team-1 unreadable fra1": 1,
		"seachange_spaces_requests_total team-1 throttled ams3":  1,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAKeyThatCantBeReadIsSaid(t *testing.T) {
	for name, key := range map[string]func() (string, string, error){
		"no file": func() (string, string, error) { return "", "", errors.New("open key: no such file") },
		"empty":   func() (string, string, error) { return spacestest.KeyID, "", nil },
	} {
		c := client(t, spacestest.New(), func(o *spaces.Options) { o.Key = key })
		if l := list(t, c); kind(t, l.err) != "unreadable" || !strings.Contains(l.err.Error(), "read the Spaces key") {
			t.Errorf("%s: %v", name, l.err)
		}
		if _, err := c.Get(context.Background(), "fra1+pictures"); kind(t, err) != "unreadable" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]spaces.Options{
		"no key":       {},
		"a bad region": {Key: spacestest.Key, Regions: []string{"fra1/../x"}},
		"no host":      {Key: spacestest.Key, Endpoint: "fra1"},
		"credentials":  {Key: spacestest.Key, Endpoint: "https://a:b@{region}.example.com"},
	} {
		if _, err := spaces.New(o); err == nil || strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
