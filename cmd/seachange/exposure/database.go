package exposure

import (
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)

	"github.com/seachange/seachange/schema"
)

// database is a database cluster.
type database struct {
	id, name string
	ports    Ports
}

func newDatabase(id string, body gjson.Result) *database {
	d := &database{id: id, name: body.Get("name").String(), ports: AllPorts()}
	if port := int(body.Get("connection.port").Int()); port > 0 {
		d.ports = Ports{port, port}
	}
	return d
}

func (d *database) title() string { return d.name }

// view is everyone's where there is no trusted source, which is DigitalOcean's default. Without a known port every
// port counts: a cluster that is being made has none yet.
func (d *database) view(t *team) *view {
	sources := t.trusted[d.id].addresses()
	rules := []Rule{{Protocol: "tcp", Ports: d.ports, Sources: Sources(sources)}}
	return viewOf("", areaOf(rules).within(everyone()))
}

// trusted are a database's trusted sources. They stand in its own record and have records of their own, which are
// read apart from it: what was seen last, by its lsn, counts. Otherwise an old cluster record would bring back a
// source that was removed since.
type trusted struct {
	lsn    int64
	values map[string]string // by id: an address, or "" for what is none
}

// addresses are those that are let in; everyone, if nothing is trusted. Once there is any source, be it a Droplet or
// a tag, the internet is let in only by its addresses.
func (s *trusted) addresses() (all []string) {
	if s == nil || len(s.values) == 0 {
		return []string{"0.0.0.0/0", "::/0"}
	}
	for _, v := range s.values {
		if v != "" {
			all = append(all, v)
		}
	}
	return all
}

func addressOf(rule gjson.Result) string {
	if rule.Get("type").String() != "ip_addr" {
		return ""
	}
	return rule.Get("value").String()
}

// databaseStep takes a cluster in, with the trusted sources in its record.
func (t *team) databaseStep(ev *schema.Event, body *gjson.Result) *step {
	id := ev.ID()
	s := t.targetStep(ref{"databases", id}, body)
	target := s.apply
	s.apply = func() {
		target()
		if body == nil {
			delete(t.trusted, id)
			return
		}
		rules := body.Get("rules")
		if own := t.trusted[id]; !rules.Exists() || (own != nil && own.lsn > ev.Source.LSN) {
			return
		}
		own := &trusted{ev.Source.LSN, map[string]string{}}
		for _, r := range rules.Array() {
			own.values[id+"/"+r.Get("uuid").String()] = addressOf(r)
		}
		t.trusted[id] = own
	}
	return s
}

// trustedStep takes a trusted source in. One that goes with its database opens nothing: the database is gone.
func (t *team) trustedStep(ev *schema.Event, body *gjson.Result) *step {
	id, _, _ := strings.Cut(ev.ID(), "/")
	r := ref{"databases", id}
	return &step{touches: []ref{r}, apply: func() {
		if ev.Source.CausedBy(schema.CauseParent) {
			delete(t.targets, r)
			delete(t.trusted, id)
			return
		}
		own := t.trusted[id]
		if own == nil {
			own = &trusted{values: map[string]string{}}
			t.trusted[id] = own
		}
		own.lsn = max(own.lsn, ev.Source.LSN)
		if delete(own.values, ev.ID()); body != nil {
			own.values[ev.ID()] = addressOf(*body)
		}
	}}
}
