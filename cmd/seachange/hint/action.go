package hint

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tidwall/gjson" // one member after the other, as alert's actor

	"github.com/seachange/seachange/schema"
)

// ActionsResource has DigitalOcean's actions: what was asked for of Droplets, images, volumes and reserved IPs.
const ActionsResource = "actions"

// remembered is how many actions are kept.
const remembered = 10_000

// Actions are the newest of those whose events were taken. They are one goroutine's.
type Actions struct{ all []action }

// action is what an action's record says.
type action struct {
	account, id, kind string
	record            Record
	started, over     time.Time // over is zero while it is under way
}

// Take takes an action's event in. One that names no record is no hint.
func (a *Actions) Take(ev *schema.Event) {
	if ev.After == nil || ev.After.Body == nil {
		return
	}
	body := gjson.Parse(*ev.After.Body)
	resource := actedOn[body.Get("resource_type").String()]
	id := body.Get("resource_id").String()
	started, err := time.Parse(time.RFC3339, body.Get("started_at").String())
	if resource == "" || id == "" || err != nil {
		return
	}
	over, _ := time.Parse(time.RFC3339, body.Get("completed_at").String()) // none while it is under way
	one := action{ev.Source.DB, ev.ID(), body.Get("type").String(), Record{resource, id}, started, over}
	if i := slices.IndexFunc(a.all, func(b action) bool { return b.account == one.account && b.id == one.id }); i >= 0 {
		a.all[i] = one
		return
	}
	a.all = append(a.all, one)
	a.all = a.all[max(0, len(a.all)-remembered):]
}

// actedOn are the resources of actions' resource_types, as far as a resource_id is one of their ids.
var actedOn = map[string]string{"droplet": "droplets", "image": "images", "volume": "volumes"}

// ActedOn reports whether actions may be about a resource's records.
func ActedOn(resource string) bool {
	return slices.Contains(slices.Collect(maps.Values(actedOn)), resource)
}

func (a *Actions) of(c *Change) (all []Hint) {
	if a == nil {
		return nil
	}
	for _, one := range a.all {
		if one.account == c.Account && slices.Contains(c.Records, one.record) && c.window(one.started, one.over) {
			text := fmt.Sprintf("%s of %s %s, %s before the change was seen", one.kind, one.record.Resource, one.record.ID,
				c.Before.Sub(one.started).Round(time.Second))
			all = append(all, Hint{Kind: ActionKind, ID: one.id, Text: text, From: one.started.UTC(), To: one.over.UTC()})
		}
	}
	return all
}
