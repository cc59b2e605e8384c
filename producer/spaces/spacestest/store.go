// Package spacestest is a simulated Spaces: S3's answers about buckets in every region, with its errors, of a store
// that changes and refuses when told to. It has no objects, and returns nothing about them.
package spacestest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a Store's key is.
const (
	KeyID  = "DO00OBVIOUSLYFAKE"
	Secret = "obviously-fake-secret-of-a-spaces-key"
)

// Key returns the key that a Store takes.
func Key() (id, secret string, err error) { return KeyID, Secret, nil }

// Bucket is what S3 says of one: XML, and a policy of JSON. An empty aspect is none.
type Bucket struct {
	Created                                  time.Time
	Versioning, ACL, CORS, Lifecycle, Policy string
	Location                                 string // the region by default
	Extra                                    string // XML in its entry of the listing
}

// Store is a simulated Spaces. It may be used by several goroutines.
type Store struct {
	mu       sync.Mutex
	buckets  map[string]map[string]Bucket // by region and name
	refusals map[string]refusal           // by region, "region/bucket" or "region/bucket?query"
	perPage  int
	faults   []string
	requests []string
}

type refusal struct {
	status int
	code   string
}

var (
	_ http.Handler      = (*Store)(nil)
	_ http.RoundTripper = (*Store)(nil)
)

// New makes a store without buckets.
func New() *Store {
	return &Store{buckets: map[string]map[string]Bucket{}, refusals: map[string]refusal{}}
}

// Put makes or replaces a bucket. Without an ACL it is private.
func (s *Store) Put(region, name string, b Bucket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.Created.IsZero() {
		b.Created = time.Date(2025, 4, 2, 9, 30, 0, 0, time.UTC)
	}
	if b.ACL == "" {
		b.ACL = Private
	}
	if s.buckets[region] == nil {
		s.buckets[region] = map[string]Bucket{}
	}
	s.buckets[region][name] = b
}

// Change changes a bucket. One that isn't there panics.
func (s *Store) Change(region, name string, change func(*Bucket)) {
	s.mu.Lock()
	b, ok := s.buckets[region][name]
	s.mu.Unlock()
	if !ok {
		panic("no bucket " + name + " in " + region)
	}
	change(&b)
	s.Put(region, name, b)
}

// Delete deletes a bucket.
func (s *Store) Delete(region, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[region], name)
}

// Refuse returns with an error from now on: at "fra1" all of a region, at "fra1/" its listing, at "fra1/pictures"
// whatever is asked of a bucket, at "fra1/pictures?acl" one aspect. A status of 0 ends it.
func (s *Store) Refuse(at string, status int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals[at] = (refusal{status, code}); status == 0 {
		delete(s.refusals, at)
	}
}

// PerPage has listings come in pages of so many.
func (s *Store) PerPage(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perPage = n
}

// Faults returns what was asked for that nobody may ask for, or not in this form.
func (s *Store) Faults() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// Requests returns what was asked for: "fra1/pictures?acl".
func (s *Store) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// RoundTrip implements http.RoundTripper: the store without a network.
func (s *Store) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	return w.Result(), nil
}

// The queries of a bucket that are not about its objects.
var queries = []string{"location=", "versioning=", "acl=", "cors=", "lifecycle=", "policy="}

// ServeHTTP returns as S3 would.
func (s *Store) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	region, _, _ := strings.Cut(host, ".")
	name := strings.Trim(req.URL.Path, "/")
	query := req.URL.Query().Encode()
	at := region + "/" + name
	full := at
	if name != "" {
		full += "?" + strings.TrimSuffix(query, "=")
	}
	s.requests = append(s.requests, full)
	if req.Method != http.MethodGet || strings.Contains(name, "/") || (name != "" && !slices.Contains(queries, query)) {
		s.faults = append(s.faults, req.Method+" "+full+": it is about objects")
	}
	for _, at := range []string{full, at, region} {
		if r, ok := s.refusals[at]; ok {
			fail(w, r.status, r.code)
			return
		}
	}
	if !s.signed(req, region) {
		fail(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	w.Header().Set("X-Amz-Request-Id", fmt.Sprintf("tx%06d", len(s.requests)))
	if name == "" {
		s.list(w, region, req.URL.Query().Get("continuation-token"))
		return
	}
	s.aspect(w, region, name, strings.TrimSuffix(query, "="))
}

var authorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$`)

// signed checks the form of a signature, and whose it says it is.
func (s *Store) signed(req *http.Request, region string) bool {
	m := authorization.FindStringSubmatch(req.Header.Get("Authorization"))
	if m == nil || m[3] != region || !strings.HasPrefix(req.Header.Get("X-Amz-Date"), m[2]) {
		s.faults = append(s.faults, "a request is not signed as S3 wants it")
		return false
	}
	for _, h := range []string{"host", "x-amz-content-sha256", "x-amz-date"} {
		if !slices.Contains(strings.Split(m[4], ";"), h) {
			s.faults = append(s.faults, h+" is not signed")
		}
	}
	return m[1] == KeyID
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if code == "" {
		io.WriteString(w, "<html>an error of a proxy's</html>") //nolint:errcheck // the client is gone
		return
	}
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>words</Message><RequestId>tx0</RequestId></Error>`, code)
}

func (s *Store) list(w http.ResponseWriter, region, after string) {
	names := slices.Sorted(maps.Keys(s.buckets[region]))
	names = slices.DeleteFunc(names, func(n string) bool { return n <= after })
	next := ""
	if s.perPage > 0 && len(names) > s.perPage {
		names = names[:s.perPage]
		next = "<ContinuationToken>" + names[len(names)-1] + "</ContinuationToken>"
	}
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?><ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>1234567</ID><DisplayName>1234567</DisplayName></Owner><Buckets>`)
	for _, n := range names {
		b := s.buckets[region][n]
		fmt.Fprintf(w, `<Bucket><Name>%s</Name><CreationDate>%s</CreationDate>%s</Bucket>`, n,
			b.Created.Format("2006-01-02T15:04:05.000Z"), b.Extra)
	}
	fmt.Fprint(w, `</Buckets>`+next+`</ListAllMyBucketsResult>`)
}

func (s *Store) aspect(w http.ResponseWriter, region, name, query string) {
	b, ok := s.buckets[region][name]
	if !ok {
		fail(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	if b.Location == "" {
		b.Location = region
	}
	text, absent := b.of(query)
	if text == "" {
		fail(w, http.StatusNotFound, absent)
		return
	}
	fmt.Fprint(w, text)
}

// of returns an aspect, and S3's word where there is none.
func (b Bucket) of(query string) (text, absent string) {
	switch query {
	case "location":
		return `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + b.Location +
			`</LocationConstraint>`, ""
	case "versioning":
		return `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">` + b.Versioning +
			`</VersioningConfiguration>`, ""
	case "acl":
		return b.ACL, "NoSuchKey"
	case "cors":
		return b.CORS, "NoSuchCORSConfiguration"
	case "lifecycle":
		return b.Lifecycle, "NoSuchLifecycleConfiguration"
	}
	return b.Policy, "NoSuchBucketPolicy"
}
