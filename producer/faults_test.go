package producer_test

import (
	"encoding/json"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// A fault is one way in which the API has a bad day, and what seachange owes for it. It lasts for some minutes; then
// the API is well again.
type fault struct {
	name   string
	at     string                  // the resource that is read; droplets by default
	below  string                  // the parent of the collection that is read
	before func(*faultEnvironment) // done before the first sight
	strike func(*faultEnvironment) // begins it
	effect response                // or this, to every response of the resource
	once   digitaloceantest.Fault  // or this one
	during string                  // the events while it lasts
	status state.Status            // what the collection is called meanwhile; whole by default
	says   string                  // of the reason, or of why something is held
	held   int                     // missing records and fields that wait
	taken  int                     // records that can't be taken
	after  string                  // the events once it is over
	others bool                    // the account's other collections stand still, too
	// the API tells of what never was: the history can't be held against the account's story
	asShown bool

	blind bool                    // the first sight is not whole
	calm  func(*faultEnvironment) // done once it is over

	announce string // in the schema-changes topic
}

type response = func(*digitaloceantest.Response)

// fill adds 250 Droplets: then there are two pages.
func fill(f *faultEnvironment) {
	for i := range 250 {
		f.putDroplet(700_000_000 + i)
	}
}

func (f *faultEnvironment) putDroplet(id int) {
	f.a.Put("droplets", fmt.Sprint(id), digitaloceantest.Droplet(id, mrand.New(mrand.NewPCG(uint64(id), 1))))
}

func (f *faultEnvironment) rename(resource, id, name string) {
	f.a.Patch(resource, id, func(r map[string]any) { r["name"] = name })
}

// zone makes a domain with two records.
func zone(f *faultEnvironment) {
	f.a.Put("domains", "gone.example", `{"name":"gone.example","ttl":1800,"zone_file":""}`)
	for _, id := range []string{"71", "72"} {
		f.a.Put("domain_records", "gone.example/"+id, `{"id":`+id+`,"type":"A","name":"www","data":"203.0.113.1","ttl":1800}`)
	}
}

// notFoundSays is DigitalOcean's 404 in such words.
func notFoundSays(message string) func(*digitaloceantest.Response) {
	return func(r *digitaloceantest.Response) {
		r.Status, r.Body = http.StatusNotFound, fmt.Appendf(nil, `{"id":"not_found","message":%q}`, message)
	}
}

// countMore has the lists of Droplets count one more than they show.
func countMore(f *faultEnvironment) {
	f.a.Fault(digitaloceantest.Fault{
		Resource: "droplets", Page: 1,
		Effect: func(r *digitaloceantest.Response) { r.Total++ },
	})
}

// lacks leaves a member out of the records.
func lacks(member string) func(*digitaloceantest.Response) {
	return func(r *digitaloceantest.Response) {
		for i, text := range r.Records {
			var record map[string]json.RawMessage
			if json.Unmarshal(text, &record) == nil {
				delete(record, member)
				r.Records[i], _ = json.Marshal(record)
			}
		}
	}
}

const (
	exampleCluster  = "kubernetes_clusters"
	exampleZone     = "example.com"
	exampleDatabase = "c944bd62-964a-5b6f-8450-5bf401d1304a"
	exampleReplica  = exampleDatabase + "/01d7e5aa-cde3-5569-bc08-1f3afe4bdc82"
)

var faults = []fault{
	{name: "has not changed", strike: func(*faultEnvironment) {}},
	{
		name: "500 to a list", effect: digitaloceantest.Status(500),
		status: state.Failing, says: "500 Internal Server Error",
	},
	{
		name: "403 to a list (a scope was lost)", effect: digitaloceantest.Status(403),
		status: state.NoScope, says: "the token lacks droplet:read",
	},
	{
		name: "401 to everything (the token was revoked)", strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{Effect: digitaloceantest.Status(401)})
		},
		status: state.Stopped, says: "put a valid one in its place", others: true,
	},
	{
		name: "429 on page 2", before: fill,
		once: digitaloceantest.Fault{Page: 2, Times: 1, Effect: digitaloceantest.Throttle(30 * time.Second)},
	},
	{
		name: "429 without end", effect: digitaloceantest.Throttle(30 * time.Second),
		status: state.Failing, says: "429 Too Many Requests",
	},
	{
		name: "429 to one path, for longer than a sweep takes its turn: only that path waits", at: "tags",
		effect: digitaloceantest.Throttle(5 * time.Minute),
		status: state.Failing, says: "too many requests to /v2/tags",
	},
	{
		name: "a Droplet is deleted, and asking for it by id returns 429: only that waits",
		strike: func(f *faultEnvironment) {
			f.a.Delete("droplets", "412001003")
			f.a.Fault(digitaloceantest.Fault{
				Resource: "droplets", ByID: true,
				Effect: digitaloceantest.Throttle(5 * time.Minute),
			})
		},
		held: 1, says: "too many requests to /v2/droplets/{id}", after: "d droplets 412001003",
	},
	{
		name: "200 and an empty list", once: digitaloceantest.Fault{Page: 1, Effect: digitaloceantest.Empty},
		held: 4, says: "still returns it by id",
	},
	{name: "200 and `{}`", effect: digitaloceantest.Text("{}"), status: state.Failing, says: `it has no "droplets"`},
	{
		name:   "a Droplet is deleted between page 1 and 2",
		before: func(f *faultEnvironment) { fill(f); f.putDroplet(600_000_000); f.putDroplet(600_000_001) },
		once: digitaloceantest.Fault{
			Page: 2, Times: 1,
			Before: func(a *digitaloceantest.Account) { a.Delete("droplets", "600000000") },
		},
		during: "d droplets 600000000",
	},
	{
		name: "a Droplet is created between page 1 and 2", before: fill,
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "droplets", Page: 2, Times: 1,
				Before: func(*digitaloceantest.Account) { f.putDroplet(600_000_000) },
			})
		},
		during: "c droplets 600000000",
	},
	{
		name: "a Droplet is deleted after the list lacked it wrongly, before it is asked for by id",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "droplets", ByID: true, Times: 1,
				Before: func(a *digitaloceantest.Account) {
					time.Sleep(5 * time.Second)
					for id := range a.Records("droplets") {
						a.Delete("droplets", id)
					}
				},
			})
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", Page: 1, Times: 2, Effect: digitaloceantest.Empty})
		},
		during: "d droplets 412001001, d droplets 412001002, d droplets 412001003, d droplets 455001001",
	},
	{
		name: "a page that shrinks to a half, and the total with it", before: fill,
		effect: func(r *digitaloceantest.Response) {
			if r.Total > 200 { // not the GPU Droplets' list
				r.Total -= 50
				r.Records = r.Records[:min(len(r.Records), 150)]
			}
		},
		held: 50, says: "still returns it by id",
	},
	{
		name: "most firewalls are missing from the list in the very sweep in which one is opened to the world",
		at:   "firewalls",
		before: func(f *faultEnvironment) {
			for i := range 150 {
				f.a.Put("firewalls", fmt.Sprintf("fw-%03d", i), `{"name":"inner","inbound_rules":[],"created_at":"2026-01-01T00:00:00Z"}`)
			}
		},
		strike: func(f *faultEnvironment) {
			f.a.Patch("firewalls", exampleFirewall, func(r map[string]any) {
				r["inbound_rules"] = []any{map[string]any{
					"protocol": "tcp", "ports": "22",
					"sources": map[string]any{"addresses": []any{"0.0.0.0/0"}},
				}}
			})
			f.a.Fault(digitaloceantest.Fault{Resource: "firewalls", Page: 1, Effect: func(r *digitaloceantest.Response) {
				r.Records, r.Total = r.Records[:2], 2
			}})
		},
		during: "u firewalls " + exampleFirewall, held: 150, says: "still returns it by id",
	},
	{
		name: "all of what has no GET by id is missing: the mass-delete guard", at: "database_firewall_rules",
		below: exampleDatabase,
		once:  digitaloceantest.Fault{Path: exampleDatabase, Effect: digitaloceantest.Empty},
		held:  2, says: "mass-delete guard: 2 of 2 records are missing at once",
	},
	{name: "sets in another order", effect: digitaloceantest.Shuffle(3)},
	{
		name: "a field that the document doesn't have",
		strike: func(f *faultEnvironment) {
			f.a.Patch("droplets", exampleDroplet, func(r map[string]any) { r["brand_new"] = map[string]any{"level": 3} })
		},
		during: "u droplets 412001003", announce: `"brand_new"`,
	},
	{
		name: "the database password in the output, and a rotation of it", at: "databases",
		strike: func(f *faultEnvironment) {
			for id := range f.a.Records("databases") {
				f.a.Patch("databases", id, func(r map[string]any) {
					r["connection"].(map[string]any)["password"] = digitaloceantest.Marker + "rotated"
				})
			}
		},
	},
	{
		name:   "a token with fewer scopes: fields empty themselves",
		strike: func(f *faultEnvironment) { f.a.Scopes(digitaloceantest.AllScopes("tag:read")...) },
		held:   1, says: "",
	},
	{
		name:   "a token with more scopes: what it couldn't read is seen for the first time",
		before: func(f *faultEnvironment) { f.a.Scopes(digitaloceantest.AllScopes("firewall:read")...) },
		blind:  true, at: "firewalls",
		strike: func(f *faultEnvironment) { f.a.Scopes() },
		during: "r firewalls 412846bd-f768-5f31-adc9-16fb3fdc4ea8, r firewalls 838e5113-8e6b-511a-8d32-55e928d82826",
	},
	{
		name: "the token was rotated", strike: func(f *faultEnvironment) {
			f.a.SetToken("dop_v1_obviously-fake-2")
			f.set("dop_v1_obviously-fake-2", nil)
		},
	},
	{
		name: "the token is another team's",
		strike: func(f *faultEnvironment) {
			other := digitaloceantest.New(digitaloceantest.Options{
				Token: "dop_v1_obviously-fake-9", TeamID: "team-9",
				PerHour: 1_000_000,
			})
			f.set("dop_v1_obviously-fake-9", other.RoundTrip)
		},
		status: state.Stopped, says: "team-9", others: true,
	},
	{
		name: "another team's token at a start, where the configuration names no team",
		strike: func(f *faultEnvironment) {
			other := digitaloceantest.New(digitaloceantest.Options{TeamID: "team-2", TeamName: "Other Team", PerHour: 1_000_000})
			f.set(digitaloceantest.Token, other.RoundTrip)
			f.restart()
			f.accounts = append(f.accounts, other)
		},
		during: "r account account", status: state.Unwatched, says: "no token for this account here", others: true,
	},
	{
		name: "another team's token at a start, where the configuration names the team",
		strike: func(f *faultEnvironment) {
			other := digitaloceantest.New(digitaloceantest.Options{TeamID: "team-2", TeamName: "Other Team", PerHour: 1_000_000})
			f.set(digitaloceantest.Token, other.RoundTrip)
			f.team = "team-1"
			f.restart()
		},
		status: state.Unwatched, says: "no token for this account here", others: true,
	},
	{
		name: "a resource that is not asked for any more",
		strike: func(f *faultEnvironment) {
			f.restart(func(o *producer.Options) {
				o.Accounts[0].Resources = slices.DeleteFunc(slices.Clone(f.resources),
					func(r *schema.Resource) bool { return r.Name == "droplets" })
			})
		},
		status: state.Unwatched, says: "not asked for in this configuration",
	},
	{name: "a body that is cut off", effect: digitaloceantest.CutBody, status: state.Failing, says: "unexpected EOF"},
	{
		name: "bad JSON", effect: digitaloceantest.Replace(`"droplets":[`, `"droplets":[,`),
		status: state.Failing, says: "it is not JSON, at byte",
	},
	{
		name: "a proxy's page with status 502", effect: digitaloceantest.HTML(502),
		status: state.Failing, says: "not DigitalOcean's JSON but text/html",
	},
	{
		name: "a proxy's page with status 200", effect: digitaloceantest.HTML(200),
		status: state.Failing, says: "it is not JSON",
	},
	{
		name:   "a second answer behind the first",
		effect: digitaloceantest.Replace(`"meta":{"total":3}}`, `"meta":{"total":3}}{"droplets":[]}`),
		status: state.Failing, says: "there is more after its end",
	},
	{
		name: "an error with a page of 100 MB", status: state.Failing, says: "503 Service Unavailable",
		effect: func(r *digitaloceantest.Response) { digitaloceantest.HTML(503)(r); digitaloceantest.Pad(100 << 20)(r) },
	},
	{
		name: "a body of 100 MB", effect: digitaloceantest.Pad(100 << 20),
		status: state.Failing, says: "the response is larger than 67108864 bytes",
	},
	{
		name: "a record nested 10,000 levels deep", status: state.Failing, says: "it is not JSON",
		effect: digitaloceantest.Replace(`"tags":[`, `"deep":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`,"tags":[`),
	},
	{
		name: "NaN", effect: digitaloceantest.Replace(`"vcpus":`, `"vcpus":NaN,"v":`),
		status: state.Failing, says: "it is not JSON",
	},
	{
		name: "huge numbers",
		strike: func(f *faultEnvironment) {
			f.a.Patch("droplets", exampleDroplet, func(r map[string]any) {
				r["memory"], r["disk"] = json.Number("123456789012345678901234567890"), json.Number("1e999")
			})
		},
		during: "u droplets 412001003",
	},
	{
		name:   "a name of 100 KB",
		strike: func(f *faultEnvironment) { f.rename("droplets", exampleDroplet, strings.Repeat("x", 100<<10)) },
		during: "u droplets 412001003",
	},
	{
		name: "a record of 20 MB: its event has no body", asShown: true,
		effect: digitaloceantest.Replace(`"name":"bastion"`, `"name":"`+strings.Repeat("x", 20<<20)+`"`),
		during: "u droplets 412001003", after: "u droplets 412001003",
	},
	{
		name: "a record with a name twice in it", taken: 1, says: "1 records can't be taken",
		effect: digitaloceantest.Replace(`"name":"bastion"`, `"name":"x","name":"bastion"`),
	},
	{
		name: "a record with bad UTF-8", taken: 1, says: "1 records can't be taken",
		effect: digitaloceantest.Replace(`"name":"bastion"`, "\"name\":\"\xff\""),
	},
	{
		name: "a record without an id", status: state.Failing, says: "record 3",
		effect: digitaloceantest.Replace(`"id":412001003`, `"id":null`),
	},
	{name: "an id that becomes a string", effect: digitaloceantest.Replace(`"id":412001003`, `"id":"412001003"`), during: "u droplets 412001003", after: "u droplets 412001003", asShown: true},
	{
		name: "a next page on another host",
		once: digitaloceantest.Fault{Page: 1, Effect: digitaloceantest.Next("https://evil.invalid/v2/droplets?page=2")},
	},
	{
		name:   "a next page that is the same",
		effect: digitaloceantest.Next("https://api.digitalocean.com/v2/droplets?page=1"),
		status: state.Partial, says: `is page "1" after page 1`,
	},
	{
		name: "pages that never end", status: state.Partial, says: "the pages don't end",
		strike: droplets(func(req *http.Request) (*http.Response, error) {
			page, _ := strconv.Atoi(req.URL.Query().Get("page"))
			body := fmt.Sprintf(`{"droplets":[],"links":{"pages":{"next":"https://api.digitalocean.com/v2/droplets?page=%d"}}}`, max(page, 1)+1)
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
		}),
	},
	{
		name: "a redirect", effect: digitaloceantest.Redirect("https://evil.invalid/"),
		status: state.Failing, says: "302 Found",
	},
	{name: "no answer at all", effect: digitaloceantest.Hang, status: state.Failing, says: "no whole response within 30s"},
	{
		name: "a byte a second", effect: digitaloceantest.Drip(time.Second),
		status: state.Failing, says: "no whole response within 30s",
	},
	{name: "`meta.total` of 0 with records", effect: digitaloceantest.Total(0)},
	{name: "`meta.total` too low", effect: digitaloceantest.Total(1)},
	{name: "`meta.total` too high, by the same in each sweep", effect: digitaloceantest.Total(9), says: "the API counts 14 more than it lists"},
	{
		name: "`meta.total` too high, by another number each time", strike: func(f *faultEnvironment) {
			n := 9
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", Page: 1, Effect: func(r *digitaloceantest.Response) {
				n++
				r.Total = n
			}})
		},
		status: state.Partial, says: "a page has shifted while they were read",
	},
	{
		name: "`meta.total` is one more than the records, for good; a Droplet is deleted", before: countMore, blind: true,
		strike: func(f *faultEnvironment) {
			f.a.Delete("droplets", "412001003")
			countMore(f)
		},
		during: "d droplets 412001003", says: "the API counts 2 more than it lists",
	},
	{
		name: "403 to one half of a joined list; a Droplet of the other is renamed, one is deleted",
		strike: func(f *faultEnvironment) {
			f.set(digitaloceantest.Token, func(req *http.Request) (*http.Response, error) {
				if req.URL.Query().Get("type") == "gpus" {
					body := io.NopCloser(strings.NewReader(`{"id":"forbidden","message":"You are not authorized to perform this operation"}`))
					return &http.Response{
						StatusCode: http.StatusForbidden, Body: body, Request: req,
						Header: http.Header{"Content-Type": {"application/json"}},
					}, nil
				}
				return nil, nil // goes on to the account
			})
			f.rename("droplets", "412001002", "renamed")
			f.a.Delete("droplets", "412001003")
		},
		during: "u droplets 412001002", after: "d droplets 412001003",
		status: state.Partial,
		says: "the half type=gpus of droplets was refused, which needs droplet:read, " +
			"and GPU Droplets enabled for the team",
	},
	{
		name: "a Droplet is gone from the list, and by id it is returned with the status deleted",
		strike: func(f *faultEnvironment) {
			was := f.a.Records("droplets")["412001003"]
			f.a.Delete("droplets", "412001003")
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", ByID: true, Effect: func(r *digitaloceantest.Response) {
				r.Status, r.Body = http.StatusOK, []byte(`{"droplet":`+strings.Replace(string(was), `"status":"active"`, `"status":"deleted"`, 1)+`}`)
			}})
		},
		during: "d droplets 412001003",
	},
	{name: "the same record twice", effect: digitaloceantest.Twice},
	{
		name: "the same record on two pages", before: fill,
		strike: func(f *faultEnvironment) {
			again := f.a.Records("droplets")[exampleDroplet]
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", Page: 2, Effect: func(r *digitaloceantest.Response) {
				r.Records = append(r.Records, again)
			}})
		},
	},
	{
		name: "a child's 404 while the parent lives", at: "domain_records", below: exampleZone,
		status: state.Failing, says: "404 Not Found",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "domain_records", Path: exampleZone + "/",
				Effect: digitaloceantest.Status(404),
			})
		},
	},
	{
		name: "a new parent's children return 404 four times", at: "database_replicas", below: "00000000-new",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "database_replicas", Path: "00000000-new", Times: 4,
				Effect: digitaloceantest.Status(404),
			})
			f.a.Put("databases", "00000000-new", `{"name":"new","engine":"pg","created_at":"2026-11-02T00:00:00Z"}`)
			f.a.Put("database_replicas", "00000000-new/1", `{"name":"replica","created_at":"2026-11-02T00:00:00Z"}`)
		},
		during: "c databases 00000000-new, c database_replicas 00000000-new/1",
	},
	{
		name: "a new parent's children return 404 for good", at: "database_replicas", below: "00000000-new",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "database_replicas", Path: "00000000-new",
				Effect: digitaloceantest.Status(404),
			})
			f.a.Put("databases", "00000000-new", `{"name":"new","engine":"pg","created_at":"2026-11-02T00:00:00Z"}`)
			f.a.Put("database_replicas", "00000000-new/1", `{"name":"replica","created_at":"2026-11-02T00:00:00Z"}`)
		},
		status: state.NotOffered, says: "404 Not Found",
		during: "c databases 00000000-new", after: "c database_replicas 00000000-new/1",
	},
	{
		name: "a parent's record lacks what is embedded in it, and by id a child's 404 is about the parent",
		at:   "database_users", below: exampleDatabase,
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{Resource: "databases", Effect: lacks("users")})
			f.a.Fault(digitaloceantest.Fault{Resource: "database_users", ByID: true, Effect: notFoundSays("cluster not found")})
		},
		status: state.Failing, says: "it has no users",
	},
	{
		name: "a child is missing, and by id its 404 is about the parent, which is listed", at: "domain_records",
		below: exampleZone,
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "domain_records", Path: exampleZone + "/", Page: 1,
				Effect: digitaloceantest.Empty,
			})
			f.a.Fault(digitaloceantest.Fault{Resource: "domain_records", ByID: true, Effect: notFoundSays("domain not found")})
		},
		held: 4, says: "does not find its parent, which is still listed",
	},
	{
		name: "what a parent has only one of returns 404 for good", at: "database_configs", below: exampleDatabase,
		once:   digitaloceantest.Fault{Path: exampleDatabase, Effect: digitaloceantest.Status(404)},
		during: "d database_configs " + exampleDatabase + "/database_configs",
		after:  "c database_configs " + exampleDatabase + "/database_configs", asShown: true,
	},
	{
		name: "a parent is deleted while its children are read", at: "domains", before: zone,
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{
				Resource: "domain_records", Path: "gone.example", Times: 1,
				Before: func(a *digitaloceantest.Account) {
					a.Delete("domains", "gone.example")
				},
			})
		},
		during: "d domain_records gone.example/71, d domain_records gone.example/72, d domains gone.example",
	},
	{
		name: "deleted and made again under the same id between two sweeps", at: "firewalls",
		strike: func(f *faultEnvironment) {
			f.a.Delete("firewalls", exampleFirewall)
			f.a.Put("firewalls", exampleFirewall, `{"id":"`+exampleFirewall+`","name":"web","created_at":"2026-11-02T00:00:00Z"}`)
		},
		during: "d firewalls " + exampleFirewall + ", c firewalls " + exampleFirewall,
	},
	{
		name: "deleted and made again under the same name, with another id, between two sweeps", at: "database_replicas",
		below: exampleDatabase,
		strike: func(f *faultEnvironment) {
			again := f.a.Records("database_replicas")[exampleReplica]
			f.a.Delete("database_replicas", exampleReplica)
			f.a.Put("database_replicas", exampleDatabase+"/02",
				strings.Replace(string(again), "01d7e5aa-cde3-5569-bc08-1f3afe4bdc82", "02", 1))
		},
		during: "c database_replicas " + exampleDatabase + "/02, d database_replicas " + exampleReplica,
	},
	{
		name: "a new record that the list shows and a GET doesn't find",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", ByID: true, Effect: digitaloceantest.Status(404)})
			f.putDroplet(600_000_000)
		},
		during: "c droplets 600000000",
	},
	{
		name: "an older page after a newer one, of a resource without a clock field", asShown: true,
		strike: func(f *faultEnvironment) {
			time.Sleep(2 * time.Minute)
			f.rename("droplets", exampleDroplet, "renamed")
			f.eventually("the rename", func() bool { return f.count("droplets")[schema.Updated] == 1 })
			f.a.Fault(digitaloceantest.Fault{Resource: "droplets", Times: 2, Lag: 150 * time.Second})
		},
		during: "u droplets 412001003, u droplets 412001003, u droplets 412001003",
	},
	{
		name: "an older page after a newer one, of a resource with one", at: exampleCluster,
		strike: func(f *faultEnvironment) {
			time.Sleep(2 * time.Minute)
			for id := range f.a.Records(exampleCluster) {
				f.a.Patch(exampleCluster, id, func(r map[string]any) {
					r["name"], r["updated_at"] = "renamed", "2027-01-01T00:00:00Z"
				})
			}
			f.eventually("the rename", func() bool { return f.count(exampleCluster)[schema.Updated] == 1 })
			f.a.Fault(digitaloceantest.Fault{Resource: exampleCluster, Times: 2, Lag: 150 * time.Second})
		},
		during: "u kubernetes_clusters ID",
	},
	{
		name: "its clock jumps two hours ahead, and back",
		strike: func(f *faultEnvironment) {
			f.a.Fault(digitaloceantest.Fault{Effect: func(r *digitaloceantest.Response) {
				r.Header.Set("Date", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
			}})
			f.rename("droplets", exampleDroplet, "renamed")
		},
		during: "u droplets 412001003",
		calm:   func(f *faultEnvironment) { f.rename("droplets", exampleDroplet, "bastion") },
		after:  "u droplets 412001003",
	},
}
