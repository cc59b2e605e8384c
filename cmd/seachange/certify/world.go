package certify

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// watched are the resources of the accounts: every way of listing, and few enough that rounds are short.
var watched = []string{
	"actions", "database_dbs", "database_replicas", "database_users", "databases", "domain_records", "domains",
	"droplets", "firewalls",
	"kubernetes_clusters", "kubernetes_node_pools", "ssh_keys",
}

// world is all the accounts, behind one API that tells them apart by their tokens.
type world struct {
	rng      *rand.Rand
	interval string // of every process
	accounts []*digitaloceantest.Account
	byToken  map[string]*digitaloceantest.Account
	server   http.Server
	url      string
	rules    map[string]*diff.Rules
	quiet    sync.Mutex // held while nothing may change
	faults   int

	published func(recordKey) bool // reports whether a record's newest event says that it is there
}

func token(i int) string { return fmt.Sprintf("%s-%d", digitaloceantest.Token, i+1) }
func team(i int) string  { return fmt.Sprintf("team-%d", i+1) }

// perHour is the limit of each token: what a token has, and for a fixed interval, which would become longer to hold it,
// the most that a client believes.
func perHour(interval string) int {
	if interval == learned {
		return 5000
	}
	return 1_000_000
}

// learned is the interval that the processes choose for each collection.
const learned = "learned"

func newWorld(rng *rand.Rand, n int, interval string) (*world, error) {
	w := &world{
		rng: rng, interval: interval, byToken: map[string]*digitaloceantest.Account{},
		rules: map[string]*diff.Rules{},
	}
	for i := range n {
		a := digitaloceantest.Example(digitaloceantest.Options{
			Token: token(i), TeamID: team(i), TeamName: "Fake " + team(i), PerHour: perHour(interval),
		})
		// A zone's text moves with what is below it, in what the account shows and not in its story: no text, nothing moves.
		a.Patch("domains", "example.com", func(r map[string]any) { r["zone_file"] = "" })
		w.accounts = append(w.accounts, a)
		w.byToken["Bearer "+token(i)] = a
	}
	for _, name := range watched {
		rules, err := diff.Compile(schema.Lookup(name), diff.Options{})
		if err != nil {
			return nil, err
		}
		w.rules[name] = rules
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.url, w.server.Handler, w.server.ReadHeaderTimeout = "http://"+l.Addr().String(), w, time.Minute
	go w.server.Serve(l) //nolint:errcheck // it ends with close
	return w, nil
}

func (w *world) close() { _ = w.server.Close() }

// ServeHTTP hands a request to the account that its token is for.
func (w *world) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	a, ok := w.byToken[req.Header.Get("Authorization")]
	if !ok {
		http.Error(rw, `{"id":"unauthorized","message":"Unable to authenticate you"}`, http.StatusUnauthorized)
		return
	}
	a.ServeHTTP(rw, req)
}

// live changes the accounts until ctx ends: each of them about twice a second.
func (w *world) live(ctx context.Context) {
	for client.Sleep(ctx, 500*time.Millisecond/time.Duration(len(w.accounts))) {
		w.quiet.Lock()
		w.change(w.accounts[w.rng.IntN(len(w.accounts))])
		w.quiet.Unlock()
	}
}

// change changes something: created, changed, deleted, made again under the same name, with and without what is below.
func (w *world) change(a *digitaloceantest.Account) {
	n := 1 + w.rng.IntN(6)
	id := fmt.Sprint(500_000_000 + n)
	address := fmt.Sprintf("203.0.113.%d", w.rng.IntN(250))
	domain := fmt.Sprintf("zone-%d.example", n)
	switch w.rng.IntN(16) {
	case 0, 1:
		if _, ok := a.Records("droplets")[id]; ok {
			a.Patch("droplets", id, func(r map[string]any) { r["name"] = fmt.Sprintf("droplet-%d", w.rng.IntN(1000)) })
			break
		}
		a.Put("droplets", id, digitaloceantest.Droplet(500_000_000+n, rand.New(rand.NewPCG(w.rng.Uint64(), 0))))
	case 2:
		a.Delete("droplets", id)
	case 3, 4:
		a.Put("domain_records", "example.com/"+id, fmt.Sprintf(`{"id":%s,"type":"A","name":"n","data":%q,"ttl":60}`, id,
			address))
	case 5:
		a.Delete("domain_records", "example.com/"+id)
	case 6:
		a.Put("domains", domain, fmt.Sprintf(`{"name":%q,"ttl":1800,"zone_file":""}`, domain))
		a.Put("domain_records", domain+"/"+id, fmt.Sprintf(`{"id":%s,"type":"A","name":"n","data":%q,"ttl":60}`, id, address))
	case 7:
		a.Delete("domains", domain)
	case 8:
		a.Put("ssh_keys", id, fmt.Sprintf(`{"id":%s,"name":"key-%d","fingerprint":"00:11","public_key":"ssh-ed25519 AAAA fake"}`, id, w.rng.IntN(100)))
	case 9:
		w.rename(a, "databases", "db")
	case 10:
		w.rename(a, "kubernetes_clusters", "cluster")
	case 11:
		w.rename(a, "firewalls", "web")
	default:
		w.changeEmbedded(a, n)
	}
}

func (w *world) rename(a *digitaloceantest.Account, resource, name string) {
	id := first(a, resource)
	a.Patch(resource, id, func(r map[string]any) { r["name"] = fmt.Sprintf("%s-%d", name, w.rng.IntN(1000)) })
}

func first(a *digitaloceantest.Account, resource string) string {
	return slices.Min(slices.Collect(maps.Keys(a.Records(resource))))
}

// changeEmbedded changes what stands in a parent's record, and nothing else of it.
func (w *world) changeEmbedded(a *digitaloceantest.Account, n int) {
	db, cluster := orders, first(a, "kubernetes_clusters")
	user, pool := db+"/"+fmt.Sprint("user", n), cluster+"/"+fmt.Sprint("pool-", n)
	switch w.rng.IntN(7) {
	case 0, 1:
		a.Put("database_users", user, map[string]any{
			"name": fmt.Sprint("user", n), "role": []string{"normal", "primary"}[w.rng.IntN(2)],
			"password": digitaloceantest.Marker + fmt.Sprint(w.rng.IntN(1000)),
		})
	case 2:
		a.Delete("database_users", user)
	case 3:
		a.Put("database_dbs", db+"/"+fmt.Sprint("db", n), map[string]any{"name": fmt.Sprint("db", n)})
	case 4:
		a.Delete("database_dbs", db+"/"+fmt.Sprint("db", n))
	case 5:
		a.Put("kubernetes_node_pools", pool, map[string]any{
			"id": fmt.Sprint("pool-", n), "name": "pool", "size": "s-1vcpu-2gb", "count": 1 + w.rng.IntN(9),
			"tags": []string{}, "nodes": []any{},
		})
	default:
		a.Delete("kubernetes_node_pools", pool)
	}
}

// orders is the database that has replicas.
const orders = "c944bd62-964a-5b6f-8450-5bf401d1304a"

// misbehave has an account's API fail in some way, for some requests.
func (w *world) misbehave() {
	w.quiet.Lock()
	defer w.quiet.Unlock()
	resource, of := watched[w.rng.IntN(len(watched))], w.rng.IntN(len(w.accounts))
	effects := []func(*digitaloceantest.Response){
		digitaloceantest.Status(http.StatusInternalServerError),
		digitaloceantest.HTML(http.StatusBadGateway), digitaloceantest.Text("{}"), digitaloceantest.CutBody,
		digitaloceantest.Shuffle(w.rng.Uint64()), digitaloceantest.Twice, digitaloceantest.Throttle(time.Second),
		digitaloceantest.Redirect("http://127.0.0.1:1/"), digitaloceantest.Drip(time.Millisecond),
	}
	// where what may not be read is asked for again after 10 minutes, which is longer than any calm
	if w.interval != learned {
		effects = append(effects, digitaloceantest.Status(http.StatusForbidden))
	}
	if schema.Lookup(resource).Kind != schema.Log {
		effects = append(effects, w.empty(of))
	}
	w.faults += 2
	// A listing of children that returns 404 has their parent read again at once. Only the listing: an empty one, and 404
	// by id, are a delete.
	w.accounts[w.rng.IntN(len(w.accounts))].Fault(digitaloceantest.Fault{
		Resource: "database_replicas", Page: 1, Times: 1 + w.rng.IntN(20),
		Effect: digitaloceantest.Status(http.StatusNotFound),
	})
	w.accounts[of].Fault(digitaloceantest.Fault{
		Resource: resource, Skip: w.rng.IntN(2), Times: 1 + w.rng.IntN(3), Effect: effects[w.rng.IntN(len(effects))],
	})
}

// empty has a listing of an account be empty, unless that hides a record that was never published: nobody could tell
// that lie from the truth, and the record's window would begin at it.
func (w *world) empty(of int) func(*digitaloceantest.Response) {
	return func(r *digitaloceantest.Response) {
		if !slices.ContainsFunc(r.IDs, func(id string) bool { return !w.published(recordKey{team(of), r.Resource, id}) }) {
			digitaloceantest.Empty(r)
		}
	}
}

// calm ends all faults, and all changes until the function that it returns is called.
func (w *world) calm() (again func()) {
	w.quiet.Lock()
	for _, a := range w.accounts {
		a.Clear()
	}
	return w.quiet.Unlock
}

// recordKey names a record among all accounts.
type recordKey struct{ account, resource, id string }

// truth returns the body that each record has.
func (w *world) truth() (map[recordKey]string, error) {
	bodies := map[recordKey]string{}
	for i, a := range w.accounts {
		for _, resource := range watched {
			if schema.Lookup(resource).Kind == schema.Log {
				continue
			}
			for id, raw := range a.Records(resource) {
				f, err := w.rules[resource].Form(raw)
				if err != nil {
					return nil, err
				}
				bodies[recordKey{team(i), resource, id}] = string(f.Body)
			}
		}
	}
	return bodies, nil
}

// was is one state that a record has had: since when, and what it was; "" after it was deleted.
type was struct {
	fromMS int64
	body   string
}

func (w was) String() string { return fmt.Sprintf("%d %.400q", w.fromMS, w.body) }

// stories returns all states of all records, in order.
func (w *world) stories() (map[recordKey][]was, error) {
	all := map[recordKey][]was{}
	for i, a := range w.accounts {
		for _, c := range a.Story() {
			if !slices.Contains(watched, c.Resource) {
				continue
			}
			s := was{fromMS: c.At.UnixMilli()}
			if c.After != nil {
				f, err := w.rules[c.Resource].Form(c.After)
				if err != nil {
					return nil, err
				}
				s.body = string(f.Body)
			}
			k := recordKey{team(i), c.Resource, c.ID}
			all[k] = append(all[k], s)
		}
	}
	return all, nil
}

// settings are those of a process, less how it reaches the brokers. Turn changes them, for a rolling change of the
// configuration: a resource is unwatched for a while.
func (w *world) settings(turn int) map[string]any {
	type account struct {
		Name     string `json:"name"`
		TokenEnv string `json:"token_env"`
	}
	c := map[string]any{
		"shards": shards, "api_url": w.url, "per_minute": 1_000_000, "interval": w.interval, "session_timeout": "6s",
		"only": watched, "log_level": "debug",
	}
	if turn%2 == 1 {
		c["only"] = slices.DeleteFunc(slices.Clone(watched), func(s string) bool { return s == "ssh_keys" })
	}
	var accounts []account
	for i := range w.accounts {
		accounts = append(accounts, account{team(i), tokenEnv(i)})
	}
	c["accounts"] = accounts
	return c
}

// environment has the tokens.
func (w *world) environment() []string {
	var env []string
	for i := range w.accounts {
		env = append(env, tokenEnv(i)+"="+token(i))
	}
	return env
}

func tokenEnv(i int) string { return fmt.Sprintf("TOKEN_%d", i+1) }

// secrets are what may stand nowhere.
func secrets(s string) bool {
	return strings.Contains(s, digitaloceantest.Marker) || strings.Contains(s, digitaloceantest.Token)
}
