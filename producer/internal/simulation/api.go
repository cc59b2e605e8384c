package simulation

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// api is what an account's API does wrong, and when.
type api struct {
	world    *world
	episodes []episode

	mu      sync.Mutex
	request stream // of the request that is served
	hang    bool   // it gets no answer
	lied    map[string]bool
	vanish  *vanishing
	blind   bool      // looks by id get no answer while lists are blank
	blank   time.Time // when a blank list was shown first
	gone    bool      // what it lacked is deleted, or to be
}

// episode is a time in which requests are struck.
type episode struct {
	from, to time.Duration
	resource string // "": every one
	what     string
	share    float64 // of the requests
}

// vanishing is a record that a page left out, and that is deleted soon after.
type vanishing struct{ resource, id string }

func newAPI(w *world, s stream) *api {
	a := &api{world: w, lied: map[string]bool{}}
	p := &w.sim.plan
	switch p.many {
	case 130:
		a.episodes = append(a.episodes, episode{
			from: p.active / 2, to: p.active, resource: "volumes", what: "blank",
			share: 1,
		})
	case 60:
		a.episodes = append(a.episodes, episode{
			from: p.active / 4, to: p.active, resource: "volumes", what: "blank",
			share: 1,
		})
		a.blind = true
	}
	if p.fault == 0 {
		return a
	}
	for t := s.about(p.fault); t < p.active; t += s.about(p.fault) {
		lasts := s.about(pick(s, 3*time.Second, time.Minute, 5*time.Minute))
		e := episode{from: t, to: min(t+lasts, p.active), what: pick(s, wrongs...), share: pick(s, 1, 1, 0.5)}
		if k := pick(s, p.kinds...); e.what != "401" && s.chance(0.9) {
			e.resource = k.resource
		}
		a.episodes = append(a.episodes, e)
	}
	return a
}

// wrongs are what can be wrong with an answer.
var wrongs = []string{
	"401", "403", "404", "404", "429", "500", "html", "empty", "empty", "omit", "omit", "omit",
	"vanish", "vanish", "short", "cut", "text", "twice", "twins", "prune", "prune", "shuffle", "hang",
	"bare", "bare", "count", "count", "orphan", "once",
}

// strike spoils a response, or doesn't, and notes what it shows. It is called with the account's lock.
func (a *api) strike(r *digitaloceantest.Response) {
	a.harm(r)
	if !a.world.sim.calm() && r.Status == 200 && r.Body == nil && r.Cut == 0 && !a.hang {
		a.world.sim.judge.show(a.world, r.Resource, r.IDs)
	}
}

func (a *api) harm(r *digitaloceantest.Response) {
	at := time.Since(a.world.sim.began)
	if at >= a.world.sim.plan.active {
		return
	}
	for _, e := range a.episodes {
		if at >= e.from && at < e.to && (e.resource == "" || e.resource == r.Resource) && a.request.chance(e.share) {
			a.spoil(r, e.what)
			return
		}
	}
	if a.request.chance(a.world.sim.plan.stray) {
		a.spoil(r, pick(a.request, wrongs...))
	}
}

func (a *api) spoil(r *digitaloceantest.Response, what string) {
	row := schema.Lookup(r.Resource)
	if row == nil || r.Status != 200 {
		return
	}
	switch what {
	case "401", "403", "500":
		digitaloceantest.Status(map[string]int{"401": 401, "403": 403, "500": 500}[what])(r)
	case "404": // the parent of a listing may be too new
		if row.Parent() != "" && row.Kind != schema.Single && r.Page > 0 {
			digitaloceantest.Status(404)(r)
		}
	case "429":
		digitaloceantest.Throttle(a.request.between(time.Second, 20*time.Second))(r)
	case "html":
		digitaloceantest.HTML(502)(r)
	case "text":
		digitaloceantest.Text(`{"`)(r)
	case "cut":
		digitaloceantest.CutBody(r)
	case "hang":
		a.hang = true
	case "blank":
		a.blot(r)
	case "prune":
		a.prune(row, r)
	case "bare":
		a.strip(row, r)
	case "count": // more than there is
		if r.Total > 0 {
			r.Total++
		}
	case "orphan": // by id it is the parent that isn't found, though it is listed
		if r.Page == 0 && orphans[row.Parent()] != "" && row.Kind != schema.Single {
			digitaloceantest.Status(404)(r)
			r.Body = []byte(`{"id":"not_found","message":"` + orphans[row.Parent()] + ` not found"}`)
		}
	case "once": // a 404 to what there is only one of: two of them are believed
		if row.Parent() != "" && row.Kind == schema.Single && !a.lied[row.Name] {
			a.lied[row.Name] = true
			digitaloceantest.Status(404)(r)
		}
	case "shuffle":
		if row.Kind == schema.Map {
			return
		}
		digitaloceantest.Shuffle(a.request.Uint64())(r)
	default:
		a.falsify(row, r, what)
	}
}

// falsify spoils the records of a listing.
func (a *api) falsify(row *schema.Resource, r *digitaloceantest.Response, what string) {
	if r.Body != nil || len(r.Records) == 0 || row.Kind == schema.Single {
		return
	}
	switch what {
	case "twice":
		if row.Kind != schema.Map {
			digitaloceantest.Twice(r)
		}
	case "twins":
		if row.Kind == schema.List && row.ID != "" {
			r.Records = append(slices.Clip(r.Records), append([]byte(`{"twin":true,`), r.Records[0][1:]...))
		}
	case "short", "empty", "omit", "vanish":
		a.lie(row, r, what)
	}
}

// blot has a list be empty whose records were all published, and deletes them some time later; or else has looks by id
// get no answer. They are all that is held: among others that are really deleted, samples could miss them.
func (a *api) blot(r *digitaloceantest.Response) {
	switch {
	case a.gone:
	case r.Page == 0:
		a.hang = a.blind
	case len(r.IDs) == 0 || len(a.unpublished("volumes", r.IDs)) > 0 || r.Next != "" || r.Page > 1,
		a.world.sim.judge.held(a.world.id, "volumes") != len(r.IDs):
	default:
		if digitaloceantest.Empty(r); a.blank.IsZero() {
			a.blank = time.Now()
		} else if !a.blind && time.Since(a.blank) > time.Minute {
			a.gone = true
			for _, id := range r.IDs {
				a.world.later(a.request.between(0, 8*time.Second), "volumes", id)
			}
		}
	}
}

// published reports whether a record is held as it was made last.
func (a *api) published(resource, id string) bool {
	return a.world.sim.judge.holds(a.world.id, resource, id, a.world.born[resource+" "+id])
}

// unpublished returns those of some ids that are not held.
func (a *api) unpublished(resource string, ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return a.published(resource, id)
	})
}

// orphans are what DigitalOcean calls a parent.
var orphans = map[string]string{
	"databases": "cluster", "kubernetes_clusters": "cluster", "domains": "domain", "projects": "project",
	"registries": "registry", "registry_repositories": "repository",
}

// strip leaves out of parents what is embedded in them, or has null in its place.
func (a *api) strip(row *schema.Resource, r *digitaloceantest.Response) {
	if r.Body != nil {
		return
	}
	for _, child := range schema.Children(row.Name) {
		for i := range r.Records {
			var record map[string]jsontext.Value
			if child.Embed == "" || !a.request.chance(0.5) || json.Unmarshal(r.Records[i], &record) != nil {
				continue
			}
			delete(record, child.Embed)
			if !child.NullIsNone && a.request.chance(0.3) {
				record[child.Embed] = jsontext.Value("null")
			}
			r.Records[i], _ = json.Marshal(record, json.Deterministic(true))
		}
	}
}

// prune leaves a published record out of the parent in which it is embedded.
func (a *api) prune(row *schema.Resource, r *digitaloceantest.Response) {
	if r.Body != nil {
		return
	}
	for _, child := range schema.Children(row.Name) {
		for i := range r.Records {
			if child.Embed == "" || !a.request.chance(0.5) {
				continue
			}
			var record map[string]jsontext.Value
			var list []jsontext.Value
			if json.Unmarshal(r.Records[i], &record) != nil || json.Unmarshal(record[child.Embed], &list) != nil {
				continue
			}
			n := len(list)
			list = slices.DeleteFunc(list, func(v jsontext.Value) bool {
				var own map[string]any
				id := strings.Trim(string(v), `"`)
				if json.Unmarshal(v, &own) == nil {
					id, _ = own[child.ID].(string)
				}
				return n == len(list) && a.request.chance(0.5) && a.published(child.Name, schema.ChildID(r.IDs[i], id))
			})
			record[child.Embed], _ = json.Marshal(list)
			r.Records[i], _ = json.Marshal(record, json.Deterministic(true))
		}
	}
}

// lie has a listing lack what is there. Only what was published may be missing, since of what never was nobody could
// tell a lie from the truth; what two listings confirm may be missing in one alone; and nothing may be missing beside
// so many deletes that samples stand for them all: they could miss it.
func (a *api) lie(row *schema.Resource, r *digitaloceantest.Response, what string) {
	unknown := a.unpublished(row.Name, r.IDs)
	whole := what == "empty"
	if row.Kind == schema.Log || (row.Kind == schema.Map && !whole) || len(unknown) == len(r.IDs) ||
		a.world.sim.judge.held(a.world.id, row.Name)-len(r.IDs) > absence.Many/2 {
		return
	}
	if whole && (len(unknown) > 0 || r.Page > 1 || r.Next != "") {
		return
	}
	if row.Absent != schema.ByGet {
		path := row.Name + " " + parentOf(r.IDs[0])
		if a.lied[path] {
			return
		}
		a.lied[path] = true
	}
	if whole {
		digitaloceantest.Empty(r)
		return
	}
	hidden := slices.IndexFunc(r.IDs, func(id string) bool { return !slices.Contains(unknown, id) })
	if what == "vanish" && row.Absent == schema.ByGet && !row.Common {
		a.vanish = &vanishing{row.Name, r.IDs[hidden]}
	}
	r.Records = slices.Delete(slices.Clone(r.Records), hidden, hidden+1)
	r.IDs = slices.Delete(slices.Clone(r.IDs), hidden, hidden+1)
	if what != "short" {
		r.Total--
	}
}

func parentOf(id string) string {
	parent, _ := schema.CutID(id)
	return parent
}
