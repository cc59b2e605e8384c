package exposure

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)

	"github.com/seachange/seachange/schema"
)

// Resources are those whose events an Engine takes, whatever else may come by. What can be reached follows from
// these alone: a firewall's sources may name tags and Kubernetes clusters, but a tag's Droplets carry it, and so do
// a cluster's nodes.
func Resources() []string {
	return []string{
		"database_firewall_rules", "databases", "droplets", "firewalls", "kubernetes_clusters", "load_balancers",
		"reserved_ips", "reserved_ipv6s", "spaces_buckets",
	}
}

// Target is what can be reached: a Droplet, a load balancer, a database, a cluster's control plane, a bucket.
type Target struct {
	Account, Resource, ID string
	Name                  string // "" if it has none
}

// Change is what an event changes of what can be reached of a target.
type Change struct {
	Target
	Gone        bool       // the target itself is deleted
	Before, Now []Exposure // what could be reached, and what can
	// Began and Ended are exactly what can be reached now and could not before, and the other way round: of a port that
	// more can reach, those alone.
	Began, Ended []Exposure
}

// Opened returns what can be reached now and could not before, each with all the ports that are reached alike now: one
// that opens beside others is no range of its own.
func (c *Change) Opened() (all []Exposure) {
	for _, now := range c.Now {
		fresh := now
		fresh.Sources, fresh.Addresses, fresh.World = nil, 0, false
		began := false
		for _, x := range c.Began {
			if x.Protocol == now.Protocol && x.Way == now.Way && x.Via == now.Via && now.Ports.contains(x.Ports) {
				began, fresh.World = true, fresh.World || x.World
				fresh.Sources = append(fresh.Sources, x.Sources...)
				fresh.Addresses = max(fresh.Addresses, x.Addresses)
			}
		}
		if began {
			slices.SortFunc(fresh.Sources, netip.Prefix.Compare)
			fresh.Sources = slices.Compact(fresh.Sources)
			all = append(all, fresh)
		}
	}
	return all
}

// Engine knows what the internet can reach of the accounts whose events it takes. It keeps a little of each record,
// and an event costs what hangs together with its record: it has to keep up with a rebuild of a large account, where
// comparing everything after each event would take the square of that time.
//
// A record's events come in their order; those of different records may come in any, as they stand in topics of
// their own. So a firewall may name a Droplet that isn't known yet, and what can be reached is the same once both
// are. It is one goroutine's.
type Engine struct{ teams map[string]*team }

// New returns an engine that knows no record.
func New() *Engine { return &Engine{teams: map[string]*team{}} }

// Take takes an event in, and returns what it changes, a target after the other by its resource and id. An update of
// a record that isn't known is compared with its own before: a reader that begins in the middle of a topic would
// take everything that was reachable all along for opened now.
func (e *Engine) Take(ev *schema.Event) []Change {
	t := e.team(ev)
	if t == nil {
		return nil
	}
	if ev.Op == schema.Updated && !t.knows(ev.Source.Table, ev.ID()) { // what was before it is no longer in the topics
		t.load(&schema.Event{Op: schema.Read, After: ev.Before, Source: ev.Source})
	}
	return t.take(ev)
}

// Load takes an event in as Take does, and compares nothing: for what is known before the first change that counts.
func (e *Engine) Load(ev *schema.Event) {
	if t := e.team(ev); t != nil {
		t.load(ev)
	}
}

// team is an event's; nil for an event of a resource that nothing hangs on.
func (e *Engine) team(ev *schema.Event) *team {
	if !slices.Contains(Resources(), ev.Source.Table) {
		return nil
	}
	t := e.teams[ev.Source.DB]
	if t == nil {
		t = newTeam(ev.Source.DB)
		e.teams[ev.Source.DB] = t
	}
	return t
}

// knows reports whether a record was seen before; a reserved address, whether a Droplet has it.
func (t *team) knows(resource, id string) bool {
	switch resource {
	case "firewalls":
		return t.firewalls[id] != nil
	case "reserved_ips", "reserved_ipv6s":
		return t.holder[id] != ""
	case "database_firewall_rules":
		return true // its database's record has it, too
	}
	return t.targets[ref{resource, id}] != nil
}

// Now returns what can be reached of a target.
func (e *Engine) Now(account, resource, id string) []Exposure {
	t := e.teams[account]
	if t == nil {
		return nil
	}
	return t.exposures(ref{resource, id})
}

// All passes every target with what can be reached of it, in order.
func (e *Engine) All() iter.Seq2[Target, []Exposure] {
	return func(yield func(Target, []Exposure) bool) {
		for _, account := range slices.Sorted(maps.Keys(e.teams)) {
			t := e.teams[account]
			for _, r := range slices.SortedFunc(maps.Keys(t.targets), ref.compare) {
				if !yield(t.target(r), t.exposures(r)) {
					return
				}
			}
		}
	}
}

// ref names a record of an account.
type ref struct{ resource, id string }

func (r ref) compare(s ref) int {
	return cmp.Or(strings.Compare(r.resource, s.resource), strings.Compare(r.id, s.id))
}

// target is what is known of something that can be reached.
type target interface {
	title() string
	// view is what can be reached of it now.
	view(t *team) *view
}

// view is what can be reached of a target. Those with the same key, if they have one, are reached alike: a thousand
// Droplets behind the same firewalls are computed, and compared, once.
type view struct {
	key   string
	area  area
	held  []gain // what is reached now
	world bool   // everyone comes in somewhere
}

func viewOf(key string, a area) *view {
	held := a.held()
	world := slices.ContainsFunc(held, func(g gain) bool { return g.world })
	return &view{key, a, held, world}
}

// names is a set of ids.
type names map[string]bool

// index is which records a name leads to.
type index map[string]names

func (x index) add(name, id string) {
	if x[name] == nil {
		x[name] = names{}
	}
	x[name][id] = true
}

func (x index) remove(name, id string) {
	if delete(x[name], id); len(x[name]) == 0 {
		delete(x, name)
	}
}

// team is what is known of an account.
type team struct {
	account   string
	targets   map[ref]target
	firewalls map[string]*firewall
	tagged    index             // a tag's Droplets
	holder    map[string]string // a reserved address's Droplet
	addresses index             // a Droplet's reserved addresses
	protects  index             // the firewalls of a Droplet, or of a tag
	admits    index             // the firewalls that let in a source which is not the internet
	open, was map[string]int    // a source: how many of it the world can reach, and could before the event
	trusted   map[string]*trusted
	views     map[string]*view // of Droplets, by their firewalls, until one of these changes
}

func newTeam(account string) *team {
	return &team{
		account: account, targets: map[ref]target{}, firewalls: map[string]*firewall{}, tagged: index{},
		holder: map[string]string{}, addresses: index{}, protects: index{}, admits: index{},
		open: map[string]int{}, was: map[string]int{},
		trusted: map[string]*trusted{}, views: map[string]*view{},
	}
}

func (t *team) target(r ref) Target {
	name := ""
	if it := t.targets[r]; it != nil {
		name = it.title()
	}
	return Target{t.account, r.resource, r.id, name}
}

// take compares the targets that a record has to do with before and after it changes. Those that it has nothing to
// do with can change all the same, if they let in one that does: a Droplet that lets in a load balancer is reachable
// once the balancer is. These come second (indirect).
func (t *team) take(ev *schema.Event) []Change {
	s := t.step(ev)
	if s == nil {
		return nil
	}
	before := map[ref]*picture{}
	for _, r := range s.touches {
		before[r] = t.picture(r)
	}
	t.apply(s)
	c := &comparison{team: t, before: before, memo: map[[2]string][2][]gain{}}
	changes := c.direct(s.touches)
	return append(changes, c.indirect(t.flipped())...)
}

func (t *team) load(ev *schema.Event) {
	if s := t.step(ev); s != nil {
		t.apply(s)
	}
}

// apply takes a step, and keeps count of what the world can reach: out before, in after, so that whatever the step
// changes of a target, its old sources are forgotten and its new ones counted.
func (t *team) apply(s *step) {
	clear(t.was)
	for _, r := range s.touches {
		t.count(r, -1)
	}
	s.apply()
	for _, r := range s.touches {
		t.count(r, 1)
	}
}

// count takes into account, or out of it, that the world can reach a target, for those who let it in.
func (t *team) count(r ref, n int) {
	it := t.targets[r]
	if it == nil || !it.view(t).world {
		return
	}
	for _, source := range t.sources(r, it) {
		if _, known := t.was[source]; !known {
			t.was[source] = t.open[source]
		}
		if t.open[source] += n; t.open[source] == 0 {
			delete(t.open, source)
		}
	}
}

// sources are what a target may be called among a firewall's sources. Databases, clusters and buckets can't be
// called there: they send nothing.
func (t *team) sources(r ref, it target) []string {
	switch it := it.(type) {
	case *droplet:
		all := []string{dropletSource + r.id}
		for _, tag := range it.tags {
			all = append(all, tagSource+tag)
		}
		return all
	case *balancer:
		return []string{balancerSource + r.id}
	}
	return nil
}

// What stands before a source's name.
const (
	dropletSource  = "Droplet "
	tagSource      = "tag "
	balancerSource = "load balancer "
)

// step is a record's change: what it touches, and how to take it in. They are apart since the picture before must be
// taken once it is known what is touched, and before anything moves.
type step struct {
	touches []ref
	apply   func()
}

// step is nil where nothing changes of what can be reached.
func (t *team) step(ev *schema.Event) *step {
	id := ev.ID()
	var body *gjson.Result
	if ev.Op != schema.Deleted {
		if ev.After == nil || ev.After.Body == nil {
			return nil // too large to be published: what was known holds
		}
		b := gjson.Parse(*ev.After.Body)
		body = &b
	}
	switch ev.Source.Table {
	case "firewalls":
		return t.firewallStep(id, body)
	case "reserved_ips", "reserved_ipv6s":
		return t.reservedStep(id, body)
	case "database_firewall_rules":
		return t.trustedStep(ev, body)
	case "databases":
		return t.databaseStep(ev, body)
	}
	return t.targetStep(ref{ev.Source.Table, id}, body)
}

// targetStep takes a target in. A Droplet changes with every action; where nothing of what counts here has changed
// there is nothing to compare.
func (t *team) targetStep(r ref, body *gjson.Result) *step {
	s := &step{touches: []ref{r}}
	old, _ := t.targets[r].(*droplet)
	if body == nil {
		s.apply = func() {
			t.retag(r.id, old, nil)
			delete(t.targets, r)
		}
		return s
	}
	it := newTarget(r, *body)
	fresh, _ := it.(*droplet)
	if old != nil && fresh != nil && old.same(fresh) {
		return nil
	}
	s.apply = func() {
		t.retag(r.id, old, fresh)
		t.targets[r] = it
	}
	return s
}

func newTarget(r ref, body gjson.Result) target {
	switch r.resource {
	case "droplets":
		return newDroplet(r.id, body)
	case "load_balancers":
		return newBalancer(body)
	case "databases":
		return newDatabase(r.id, body)
	case "kubernetes_clusters":
		return newCluster(body)
	}
	return newBucket(body)
}

// flipped are the sources that the world can reach now and could not before, or the other way round.
func (t *team) flipped() (all []string) {
	for source, before := range t.was {
		if (before > 0) != (t.open[source] > 0) && t.admits[source] != nil {
			all = append(all, source)
		}
	}
	slices.Sort(all)
	return all
}

// words are strings of a JSON array: whatever stands in it, as text.
func words(list gjson.Result) (all []string) {
	for _, v := range list.Array() {
		all = append(all, v.String())
	}
	return all
}
