package producer_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// bucketEnvironment is an environment whose account has a Spaces key, too.
type bucketEnvironment struct {
	*environment
	store *spacestest.Store
}

// withBuckets runs a test on an account with one firewall, and one private bucket that is published.
func withBuckets(t *testing.T, test func(r *bucketEnvironment)) {
	t.Helper()
	everywhere(t, 1, func(r *environment) {
		b := &bucketEnvironment{r, spacestest.New()}
		r.resources = []*schema.Resource{
			schema.Lookup("account"), schema.Lookup("spaces_buckets"),
			schema.Lookup("firewalls"),
		}
		b.store.Put("fra1", "pictures", spacestest.Bucket{})
		b.begin()
		b.wants("r fra1+pictures")
		test(b)
		if faults := b.store.Faults(); len(faults) > 0 {
			t.Errorf("asked of Spaces: %q", faults)
		}
	})
}

func (b *bucketEnvironment) begin() *process {
	return b.start(func(o *producer.Options) {
		c, err := spaces.New(spaces.Options{Key: spacestest.Key, Transport: b.store, Logger: b.logger()})
		if err != nil {
			b.t.Fatal(err)
		}
		o.Registerer = nil
		o.Accounts[0].Source = spaces.Beside(o.Accounts[0].Source, c)
		if o.Interval < time.Second { // a real broker, real time: the row's minimum interval is too long
			o.Accounts[0].Resources = rested(o.Accounts[0].Resources)
		}
	})
}

// rested are the rows without their minimum interval.
func rested(rows []*schema.Resource) []*schema.Resource {
	var all []*schema.Resource
	for _, r := range rows {
		quick := *r
		quick.MinInterval = 0
		all = append(all, &quick)
	}
	return all
}

// of returns the events of buckets.
func (b *bucketEnvironment) of() []schema.Event {
	return slices.DeleteFunc(b.events(), func(e schema.Event) bool { return e.Source.Table != "spaces_buckets" })
}

// wants waits until the events of buckets are these, as "op id", from the beginning.
func (b *bucketEnvironment) wants(want ...string) {
	b.t.Helper()
	var got []string
	b.eventually(fmt.Sprint(want), func() bool {
		got = nil
		for _, e := range b.of() {
			row := e.After
			if row == nil {
				row = e.Before
			}
			got = append(got, string(e.Op)+" "+row.ID)
		}
		return len(got) >= len(want)
	})
	if d := cmp.Diff(want, got); d != "" {
		b.t.Fatalf("events of buckets (-want +got):\n%s", d)
	}
}

func (b *bucketEnvironment) last() schema.Event {
	all := b.of()
	return all[len(all)-1]
}

// mark returns the last mark of the buckets.
func (b *bucketEnvironment) mark() (m state.CollectionStatus) {
	b.t.Helper()
	for _, rec := range b.read(b.prefix + "-meta.sweeps") {
		if strings.Contains(string(rec.Key), "spaces_buckets") {
			if err := json.Unmarshal(rec.Value, &m); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return m
}

func TestBucketsComeChangeOpenAndGo(t *testing.T) {
	withBuckets(t, func(b *bucketEnvironment) {
		change := func(f func(*spacestest.Bucket)) { b.store.Change("fra1", "pictures", f) }
		story := []string{"r fra1+pictures"}
		for _, step := range []struct {
			act  func()
			want string
			says string // in the event's changes, or its body
		}{
			{func() { b.store.Put("ams3", "logs", spacestest.Bucket{}) }, "c ams3+logs", `"created_at":"2025-04-02T09:30:00.000Z"`},
			{func() { change(func(k *spacestest.Bucket) { k.Versioning = spacestest.Versioned }) }, "u fra1+pictures", `"path":"/versioning/Status","value":"Enabled"`},
			{func() { change(func(k *spacestest.Bucket) { k.ACL = spacestest.PublicRead }) }, "u fra1+pictures", "AllUsers"},
			{func() { change(func(k *spacestest.Bucket) { k.ACL = spacestest.PublicReadTurned }) }, "", ""},
			{func() { change(func(k *spacestest.Bucket) { k.Policy = spacestest.PublicPolicy }) }, "u fra1+pictures", `"Principal":"*"`},
			{func() { change(func(k *spacestest.Bucket) { k.Policy = "" }) }, "u fra1+pictures", `"path":"/policy"`},
			{func() { b.store.Delete("ams3", "logs") }, "d ams3+logs", `"region":"ams3"`},
		} {
			step.act()
			if step.want == "" {
				time.Sleep(5 * b.interval)
				continue
			}
			story = append(story, step.want)
			b.wants(story...)
			text, err := json.Marshal(b.last())
			if err != nil {
				b.t.Fatal(err)
			}
			if !strings.Contains(strings.ReplaceAll(string(text), `\"`, `"`), step.says) {
				t.Errorf("%s doesn't say %s: %s", step.want, step.says, text)
			}
		}
		row := b.of()[0].After
		if *row.URN != "do:space:pictures" || *row.Region != "fra1" || *row.Name != "pictures" ||
			*row.CreatedAt != "2025-04-02T09:30:00.000Z" {
			t.Errorf("columns: %+v", row)
		}
	})
}

func TestAnAspectThatTheKeyMayNotReadIsNoChange(t *testing.T) {
	inSimulatedTime(t)
	withBuckets(t, func(b *bucketEnvironment) {
		b.store.Refuse("fra1/pictures?acl", http.StatusForbidden, "AccessDenied")
		b.store.Refuse("fra1/pictures?policy", http.StatusNotImplemented, "NotImplemented")
		b.eventually("it is said", func() bool { return len(b.mark().Held) == 2 })
		held := []string{"path:acl of fra1+pictures", "path:policy of fra1+pictures"}
		if m := b.mark(); m.Status != state.Whole || !slices.Equal(m.Held, held) || m.HeldCount != 2 {
			t.Errorf("mark: %+v", m)
		}
		time.Sleep(3 * b.interval)
		b.wants("r fra1+pictures")

		b.store.Change("fra1", "pictures", func(k *spacestest.Bucket) { k.Versioning = spacestest.Versioned })
		b.wants("r fra1+pictures", "u fra1+pictures")
		seen := b.last()
		if !strings.Contains(*seen.After.Body, `"FULL_CONTROL"`) || strings.Contains(*seen.Changes, "acl") {
			t.Errorf("the ACL of before is lost: %s, %s", *seen.After.Body, *seen.Changes)
		}

		time.Sleep(2 * b.interval)
		opened := time.Now().UnixMilli()
		b.store.Change("fra1", "pictures", func(k *spacestest.Bucket) { k.ACL = spacestest.PublicRead })
		time.Sleep(3 * b.interval)
		b.store.Refuse("fra1/", http.StatusServiceUnavailable, "SlowDown") // and it isn't even listed for a while
		time.Sleep(3 * b.interval)
		b.store.Refuse("fra1/", 0, "")
		time.Sleep(2 * b.interval)
		b.wants("r fra1+pictures", "u fra1+pictures")
		b.store.Refuse("fra1/pictures?acl", 0, "")
		b.store.Refuse("fra1/pictures?policy", 0, "")
		b.wants("r fra1+pictures", "u fra1+pictures", "u fra1+pictures")
		if e := b.last(); *e.Source.PrevTsMS > opened || !strings.Contains(*e.After.Body, "AllUsers") ||
			strings.Contains(*e.Before.Body, "AllUsers") {
			t.Errorf("opened at %d, unseen; its event's window begins %d ms later: %s", opened,
				*e.Source.PrevTsMS-opened, *e.Changes)
		}
		b.eventually("nothing is held any more", func() bool { return b.mark().HeldCount == 0 })
	})
}

func TestWhatWasHiddenIsRememberedOverARestart(t *testing.T) {
	inSimulatedTime(t)
	everywhere(t, 1, func(r *environment) {
		b := &bucketEnvironment{r, spacestest.New()}
		r.resources = []*schema.Resource{schema.Lookup("account"), schema.Lookup("spaces_buckets")}
		b.store.Put("fra1", "pictures", spacestest.Bucket{})
		first := b.begin()
		b.wants("r fra1+pictures")
		b.store.Refuse("fra1/pictures?acl", http.StatusForbidden, "AccessDenied")
		b.eventually("it is said", func() bool { return len(b.mark().Held) == 1 })
		opened := time.Now().UnixMilli()
		b.store.Change("fra1", "pictures", func(k *spacestest.Bucket) { k.ACL = spacestest.PublicRead })
		time.Sleep(5 * b.interval)
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		b.begin()
		time.Sleep(5 * b.interval)
		b.store.Refuse("fra1/pictures?acl", 0, "")
		b.wants("r fra1+pictures", "u fra1+pictures")
		if e := b.last(); *e.Source.PrevTsMS > opened {
			t.Errorf("opened at %d, unseen; its event's window begins %d ms later", opened, *e.Source.PrevTsMS-opened)
		}
	})
}

func TestARegionThatIsDownDeletesNothing(t *testing.T) {
	withBuckets(t, func(b *bucketEnvironment) {
		b.store.Refuse("fra1", http.StatusServiceUnavailable, "SlowDown")
		b.store.Delete("fra1", "pictures")
		b.store.Put("ams3", "logs", spacestest.Bucket{})
		b.wants("r fra1+pictures", "c ams3+logs")
		time.Sleep(3 * b.interval)
		b.wants("r fra1+pictures", "c ams3+logs")
		if m := b.mark(); m.Status != state.Partial || !strings.Contains(m.Reason, "in fra1: 503 SlowDown") {
			t.Errorf("mark: %+v", m)
		}
		b.store.Refuse("fra1", 0, "")
		b.wants("r fra1+pictures", "c ams3+logs", "d fra1+pictures")
	})
}

func TestARefusedSpacesKeyStopsNothingElse(t *testing.T) {
	withBuckets(t, func(b *bucketEnvironment) {
		for _, region := range spaces.Regions() {
			b.store.Refuse(region, http.StatusForbidden, "InvalidAccessKeyId")
		}
		b.eventually("it is said", func() bool { return b.mark().Status == state.NoScope })
		if m := b.mark(); !strings.Contains(m.Reason, "the Spaces key is refused") ||
			strings.Contains(m.Reason, spacestest.KeyID) {
			t.Errorf("mark: %+v", m)
		}
		b.accounts[0].Put("firewalls", "fw-9", `{"id":"fw-9","name":"new"}`)
		b.eventually("the account goes on", func() bool {
			return slices.ContainsFunc(b.events(), func(e schema.Event) bool {
				return e.Op == schema.Created && e.After.ID == "fw-9"
			})
		})
		b.wants("r fra1+pictures")
		if strings.Contains(b.log.String(), spacestest.Secret) {
			t.Error("the secret is in the log")
		}
	})
}

func TestABucketThatOnlySeemsGoneIsHeld(t *testing.T) {
	inSimulatedTime(t)
	withBuckets(t, func(b *bucketEnvironment) {
		b.store.Refuse("fra1/pictures?acl", http.StatusNotFound, "NoSuchBucket") // as if it went after it was listed
		b.eventually("it is held", func() bool { return slices.Equal(b.mark().Held, []string{"fra1+pictures"}) })
		time.Sleep(3 * b.interval)
		b.wants("r fra1+pictures")
	})
}

func TestASecretOfAPolicyIsMasked(t *testing.T) {
	withBuckets(t, func(b *bucketEnvironment) {
		b.store.Change("fra1", "pictures", func(k *spacestest.Bucket) {
			k.Policy = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Condition":{"StringEquals":{"aws:Referer":"obviously-fake-referer"}}}}`
		})
		b.wants("r fra1+pictures", "u fra1+pictures")
		if body := *b.last().After.Body; strings.Contains(body, "obviously-fake") || !strings.Contains(body, `"aws:Referer":"***"`) {
			t.Errorf("got %s", body)
		}
	})
}
