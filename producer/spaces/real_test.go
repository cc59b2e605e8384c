package spaces_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/lifecycle"
	"github.com/minio/minio-go/v7/pkg/signer"
	"github.com/tidwall/gjson"

	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
)

// server is a real S3 server, which .ci/spaces starts, with an operator's client of it.
type server struct {
	t        *testing.T
	endpoint string
	admin    *minio.Client
	spaces   *spaces.Client
	bucket   string   // made for the test
	lacks    []string // aspects that the server doesn't know, which nobody can tell from those that the key may not read
}

// real reaches the server that a variable names, and makes a bucket in it.
func real(t *testing.T, variable string) *server {
	t.Helper()
	endpoint := os.Getenv(variable)
	if endpoint == "" {
		t.Skipf("%s is not set: bash .ci/spaces starts the server, with the others of bash .ci/run long", variable)
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(spacestest.KeyID, spacestest.Secret, ""), Region: "fra1",
		BucketLookup: minio.BucketLookupPath,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, endpoint: endpoint, admin: admin, bucket: fmt.Sprintf("pictures-%d", time.Now().UnixNano())}
	s.spaces = client(t, nil, func(o *spaces.Options) { o.Endpoint, o.Regions = endpoint, []string{"fra1"} })
	return s
}

// put is a PUT that minio-go has no setter for.
func (s *server) put(query string, header map[string]string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, s.endpoint+"/"+s.bucket+query, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Amz-Content-Sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(signer.SignV4(*req, spacestest.KeyID, spacestest.Secret, "", "fra1"))
	if err != nil {
		s.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("put %s: %s", query, resp.Status)
	}
}

// says holds the bucket, as it is read now, against paths with their values; "null" is a known absence.
func (s *server) says(step string, want map[string]string) {
	s.t.Helper()
	l := list(s.t, s.spaces)
	record, ok := l.records["fra1+"+s.bucket]
	if l.err != nil || !ok || !slices.Equal(l.unreadable["fra1+"+s.bucket], s.lacks) {
		s.t.Fatalf("%s: %v, unreadable %v, %d buckets: %s", step, l.err, l.unreadable, len(l.records), record)
	}
	for path, value := range want {
		if got := gjson.Get(record, path); !got.Exists() || (got.String() != value && got.Raw != value) {
			s.t.Errorf("%s: %s is %q, want %q, of %s", step, path, got.Raw, value, record)
		}
	}
}

// gone deletes the bucket, and holds that it is missing and known to be gone.
func (s *server) gone() {
	s.t.Helper()
	if _, err := s.spaces.Get(s.t.Context(), "fra1+"+s.bucket); err != nil {
		s.t.Errorf("while it is there: %v", err)
	}
	if err := s.admin.RemoveBucket(s.t.Context(), s.bucket); err != nil {
		s.t.Fatal(err)
	}
	l := list(s.t, s.spaces)
	if _, still := l.records["fra1+"+s.bucket]; still || l.err != nil {
		s.t.Errorf("deleted, and listed: %v", l.err)
	}
	if _, err := s.spaces.Get(s.t.Context(), "fra1+"+s.bucket); kind(s.t, err) != "gone" {
		s.t.Errorf("deleted: %v", err)
	}
}

// refused holds that a wrong secret is told as such.
func (s *server) refused() {
	s.t.Helper()
	wrong := func() (string, string, error) { return spacestest.KeyID, spacestest.Secret + "x", nil }
	l := list(s.t,
		client(s.t, nil, func(o *spaces.Options) { o.Endpoint, o.Regions, o.Key = s.endpoint, []string{"fra1"}, wrong }))
	if kind(s.t, l.err) != "unreadable" || !strings.Contains(l.err.Error(), "the Spaces key is refused") {
		s.t.Errorf("a wrong secret: %v", l.err)
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// MinIO knows versioning and lifecycle as S3 does, and no ACL but the owner's.
func TestVersioningAndLifecycleOfARealServer(t *testing.T) {
	s := real(t, "SEACHANGE_TEST_MINIO")
	ctx := t.Context()
	must(t, s.admin.MakeBucket(ctx, s.bucket, minio.MakeBucketOptions{Region: "fra1"}))
	s.says("made", map[string]string{
		"name": s.bucket, "region": "fra1", "location": "fra1", "versioning": "{}", "lifecycle": "null", "policy": "null",
		"acl.AccessControlList.Grant.0.Permission": "FULL_CONTROL",
	})
	must(t, s.admin.EnableVersioning(ctx, s.bucket))
	rules := lifecycle.NewConfiguration()
	rules.Rules = []lifecycle.Rule{{
		ID: "old", Status: "Enabled", RuleFilter: lifecycle.Filter{Prefix: "logs/"},
		Expiration: lifecycle.Expiration{Days: 90},
	}}
	must(t, s.admin.SetBucketLifecycle(ctx, s.bucket, rules))
	s.says("set", map[string]string{
		"versioning.Status": "Enabled", "lifecycle.Rule.0.ID": "old", "lifecycle.Rule.0.Expiration.Days": "90",
		"lifecycle.Rule.0.Filter.Prefix": "logs/",
	})
	must(t, s.admin.SuspendVersioning(ctx, s.bucket),
		s.admin.SetBucketLifecycle(ctx, s.bucket, lifecycle.NewConfiguration()))
	s.says("taken away", map[string]string{"versioning.Status": "Suspended", "lifecycle": "null"})
	s.refused()
	s.gone()
}

// versitygw knows ACL and policy as S3 does, and no lifecycle.
func TestACLAndPolicyOfARealServer(t *testing.T) {
	s := real(t, "SEACHANGE_TEST_VERSITYGW")
	s.lacks = []string{"lifecycle"}
	ctx := t.Context()
	s.put("", map[string]string{"X-Amz-Object-Ownership": "BucketOwnerPreferred"})
	s.says("made", map[string]string{
		"name": s.bucket, "region": "fra1", "policy": "null",
		"acl.AccessControlList.Grant.#": "1",
	})
	s.put("?acl", map[string]string{"X-Amz-Acl": "public-read"})
	s.says("opened", map[string]string{ // it calls everybody by an ID, where Spaces and S3 have a URI
		`acl.AccessControlList.Grant.#(Grantee.type=="Group").Grantee.ID`: "all-users", "acl.AccessControlList.Grant.#": "2",
	})
	s.put("?acl", map[string]string{"X-Amz-Acl": "private"})
	must(t, s.admin.SetBucketPolicy(ctx, s.bucket, strings.ReplaceAll(spacestest.PublicPolicy, "pictures", s.bucket)))
	s.says("opened by a policy", map[string]string{
		"acl.AccessControlList.Grant.#": "1",
		"policy.Statement.0.Principal":  "*",
	})
	must(t, s.admin.SetBucketPolicy(ctx, s.bucket, ""))
	s.says("closed", map[string]string{"policy": "null"})
	s.refused()
	s.gone()
}
