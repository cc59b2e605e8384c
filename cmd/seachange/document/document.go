// Package document is the JSON that commands print of what is not made to be printed: names in snake case, with the
// unit at their end, each explained where it stands. The reference page is made from it.
package document

import (
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
)

// Plan is how often the collections of an account are read.
type Plan struct {
	AccountID string `json:"account_id"`
	Name      string `json:"name"` // what the configuration calls it
	Budget    Budget `json:"plan"` // what its requests are
	// MeanMS is how long after a change it is expected to be seen, on average and as far as changes keep their rates.
	MeanMS    int64 `json:"mean_ms"`
	UniformMS int64 `json:"uniform_ms"` // the same, if every collection had one interval
	// Learned reports whether anything was learned: not if run has just started, or has a fixed interval.
	Learned     bool         `json:"learned"`
	Collections []Collection `json:"collections"` // the next one first
}

// Budget is what the requests of a plan are.
type Budget struct {
	PerHour       float64 `json:"per_hour"`        // requests that are spent
	AlonePerHour  float64 `json:"alone_per_hour"`  // those that would be if nobody else used the token
	OthersPerHour float64 `json:"others_per_hour"` // those that other users of the token made in the last hour
	// SavedSeconds is what one more request would save of all the waiting for changes, by the resources' weights.
	SavedSeconds float64 `json:"saved_seconds"`
	// Stretch is how many times longer than its max_age a collection may wait, since the budget doesn't hold it.
	Stretch   float64 `json:"stretch"`
	LongestMS int64   `json:"longest_ms"` // the longest interval
}

// Collection is how often one is read.
type Collection struct {
	Resource      string  `json:"resource"`
	ParentID      string  `json:"parent_id"`       // "": top level
	DueMS         int64   `json:"due_ms"`          // from now; 0: now
	IntervalMS    int64   `json:"interval_ms"`     // between two reads
	AgeMS         *int64  `json:"age_ms"`          // since it was last read; null: never
	ChangesPerDay float64 `json:"changes_per_day"` // as learned
	Records       int     `json:"records"`         // when it was last read
	Requests      int     `json:"requests"`        // that it takes to read it
	Weight        float64 `json:"weight"`          // how much it counts that its changes are seen soon
	Reason        string  `json:"reason"`          // why its interval is this one
}

// NewPlan makes it of an account's plan.
func NewPlan(p producer.AccountPlan) Plan {
	d := Plan{
		AccountID: p.AccountID, Name: p.Name, MeanMS: p.Mean.Milliseconds(), UniformMS: p.Uniform.Milliseconds(),
		Learned: p.Learned, Collections: []Collection{},
		Budget: Budget{
			PerHour: p.Plan.PerHour, AlonePerHour: p.Plan.Alone, OthersPerHour: p.Plan.Others, SavedSeconds: p.Plan.Price,
			Stretch: p.Plan.Stretch, LongestMS: p.Plan.Longest.Milliseconds(),
		},
	}
	for _, r := range p.Rows {
		d.Collections = append(d.Collections, collection(r))
	}
	return d
}

func collection(r schedule.Row) Collection {
	c := Collection{
		Resource: r.Key.Resource, ParentID: r.Key.Parent, DueMS: max(0, r.Due).Milliseconds(),
		IntervalMS: r.Interval.Milliseconds(), ChangesPerDay: r.PerDay, Records: r.Records, Requests: r.Requests,
		Weight: r.Weight, Reason: r.Why,
	}
	if age := r.Age; age >= 0 {
		c.AgeMS = new(age.Round(time.Millisecond).Milliseconds())
	}
	return c
}

// Resource is a row of the catalogue.
type Resource struct {
	Name   string `json:"name"`
	Path   string `json:"path"`  // of the listing; {x} is the id of a record of resource x
	Kind   string `json:"kind"`  // list, single, map, log: what the listing is
	API    string `json:"api"`   // "": DigitalOcean's; spaces: S3, with a Spaces key
	Scope  string `json:"scope"` // of the token
	Topic  string `json:"topic"`
	Group  string `json:"group"`  // "": on by default
	Parent string `json:"parent"` // "": top level
	Embed  string `json:"embed"`  // the parent's member that holds the records; "": they have a listing
	ID     string `json:"id"`     // members that identify a record; "": the resource's name, or a hash of the record
	Absent string `json:"absent"` // what confirms that a missing record was deleted
}

// NewResource makes it of a row.
func NewResource(r *schema.Resource, prefix string) Resource {
	return Resource{
		Name: r.Name, Path: r.Path, Kind: r.Kind.String(), API: r.API, Scope: r.Scope, Topic: schema.TopicOf(prefix, r.Name),
		Group: r.Group, Parent: r.Parent(), Embed: r.Embed, ID: r.ID, Absent: r.Absent.String(),
	}
}

// Topic is one that run would make.
type Topic struct {
	Name              string            `json:"name"`
	Partitions        int               `json:"partitions"`
	ReplicationFactor int               `json:"replication_factor"` // 0: the brokers' default
	Config            map[string]string `json:"config"`             // in Kafka's own words
}

// NewTopic makes it of a topic.
func NewTopic(t kafka.Topic) Topic { return Topic{t.Name, t.Partitions, t.ReplicationFactor, t.Config} }

// TopicSetting is a topic's setting that topics --apply changed, in Kafka's own words.
type TopicSetting struct {
	Topic   string `json:"topic"`
	Setting string `json:"setting"`
	Was     string `json:"was"` // "": the broker doesn't tell
	Now     string `json:"now"`
}

// Version is which seachange it is.
type Version struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}
