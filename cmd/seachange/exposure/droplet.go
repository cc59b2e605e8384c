package exposure

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)
	"go4.org/netipx"
)

// droplet is a Droplet that firewalls may protect.
type droplet struct {
	id, name string
	tags     []string
	v4, v6   bool // it has a public address of its own
}

func newDroplet(id string, body gjson.Result) *droplet {
	public := func(list string) bool {
		return slices.ContainsFunc(body.Get("networks."+list).Array(), func(n gjson.Result) bool {
			return n.Get("type").String() == "public"
		})
	}
	d := &droplet{
		id: id, name: body.Get("name").String(), tags: words(body.Get("tags")), v4: public("v4"), v6: public("v6"),
	}
	slices.Sort(d.tags)
	d.tags = slices.Compact(d.tags)
	return d
}

func (d *droplet) title() string { return d.name }

// same reports whether nothing that counts here differs. Tags are sorted when they are read, since their order means
// nothing.
func (d *droplet) same(e *droplet) bool {
	return d.name == e.name && d.v4 == e.v4 && d.v6 == e.v6 && slices.Equal(d.tags, e.tags)
}

// families are the addresses that can reach it: those of the kinds that it has a public address of, its own or a
// reserved one. Without any nobody can, whatever its firewalls say.
func (d *droplet) families(t *team) (key string, set *netipx.IPSet) {
	v4, v6 := d.v4, d.v6
	for address := range t.addresses[d.id] {
		v6 = v6 || strings.Contains(address, ":")
		v4 = v4 || !strings.Contains(address, ":")
	}
	all := internet()
	switch {
	case v4 && v6:
		return "46", union(all[0], all[1])
	case v4:
		return "4", all[0]
	case v6:
		return "6", all[1]
	}
	return "", nobody()
}

// protection are the ids of its firewalls, by its own id or by a tag, sorted: they are the key by which Droplets
// share a view.
func (d *droplet) protection(t *team) []string {
	var ids []string
	for id := range t.protects[dropletSource+d.id] {
		ids = append(ids, id)
	}
	for _, tag := range d.tags {
		for id := range t.protects[tagSource+tag] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// view is what its firewalls let in, everything if there are none: DigitalOcean then filters nothing. Of several
// firewalls each adds what it lets in.
func (d *droplet) view(t *team) *view {
	ids := d.protection(t)
	family, set := d.families(t)
	key := family + " " + strings.Join(ids, " ")
	if v := t.views[key]; v != nil {
		return v
	}
	a := everything()
	if len(ids) > 0 {
		var areas []area
		for _, id := range ids {
			areas = append(areas, t.firewalls[id].area)
		}
		a = joined(areas...)
	}
	v := viewOf(key, a.within(set))
	t.views[key] = v
	return v
}

// retag moves a Droplet between tags.
func (t *team) retag(id string, old, fresh *droplet) {
	if old != nil {
		for _, tag := range old.tags {
			t.tagged.remove(tag, id)
		}
	}
	if fresh != nil {
		for _, tag := range fresh.tags {
			t.tagged.add(tag, id)
		}
	}
}

// reservedStep moves a reserved address. Both the Droplet that had it and the one that gets it are touched: either
// may lose or gain its only way in.
func (t *team) reservedStep(address string, body *gjson.Result) *step {
	old, fresh := t.holder[address], ""
	if body != nil {
		fresh = body.Get("droplet.id").String()
	}
	if old == fresh {
		return nil
	}
	s := &step{apply: func() {
		t.addresses.remove(old, address)
		if delete(t.holder, address); fresh != "" {
			t.addresses.add(fresh, address)
			t.holder[address] = fresh
		}
	}}
	for _, id := range []string{old, fresh} {
		if id != "" {
			s.touches = append(s.touches, ref{"droplets", id})
		}
	}
	slices.SortFunc(s.touches, ref.compare)
	return s
}
