// Package schema says what seachange publishes: the catalogue of resources, the keys of their records and the
// envelope of an event. It is pure: no I/O, no clock.
package schema

import "time"

// Resource is a row of the catalogue: all that seachange knows about one kind of thing. Its topic, key, listing,
// scope check, masks, docs table and contract test follow from it, so that adding a DigitalOcean resource is adding a
// row and nothing else.
type Resource struct {
	// Name is topic, table and metric label at once: "domain_records". Frozen once published.
	Name string
	// API is who is asked: DigitalOcean's API with the token (""), or another one with a key of its own: Spaces.
	API string
	// Path lists the records: "/v2/domains/{domains}/records". {x} is the own id of a record of resource x; the last
	// one is the parent.
	Path string
	// Query is sent with each request: "private=true". "a|b" lists twice and joins: "|type=gpus".
	Query string
	// QueryNeeds is what one of the queries of Query needs beside Scope, by the query.
	QueryNeeds map[string]string
	// Items is the member of the response that holds the records: an array, or for a Single one object; "a|b" where
	// DigitalOcean's document and its clients name it differently. Empty is the response itself.
	Items string
	// Kind is the shape of the listing. Zero is List.
	Kind Kind

	// ID is the member that identifies a record among its siblings; "a+b" joins several, "a.b" is a member of a member.
	// Empty is the resource's name for a Single, the name of the member for a Map, and for others the hash of the whole
	// record.
	ID string
	// Get confirms a missing record: a path in which {x} stands for a parent's own id, {id} for the record's own and
	// {.name} for a member of the record as it was last published. Empty is Path + "/{id}".
	Get string
	// Absent says what confirms that a missing record was deleted. Zero is ByGet.
	Absent Absent
	// Filtered says that the listing shows only what the token's other scopes allow, so that an absence proves something
	// only while the resource that the record's urn names can be read.
	Filtered bool
	// Born is the member that tells two incarnations of one id apart, an instant: "created_at". Empty: none does.
	Born string
	// Clock is the member that only moves forward, an instant: an observation with an older one is dropped. Empty: none.
	Clock string
	// Open, of a Log, is the condition under which an entry may still change: "status=in-progress".
	Open Condition
	// Late, of a Log, is the member that may be filled in after an entry is closed: "completed_at". While it is null the
	// entry is followed for an hour.
	Late string
	// Deleted is the condition under which a record that no list has, and that is returned by id, is deleted. Empty: where
	// its state says so in a word that always means it ("deleted"), which counts beside the condition, too.
	Deleted Condition
	// When is the condition on the parent under which it has such children: "engine=pg". "a=b|c" allows several values.
	When Condition
	// Embed is the parent's array that holds these records, so that no request is spent: "node_pools". A parent's record
	// without that member, or with null, doesn't show them.
	Embed string
	// NullIsNone says that null at Embed means that there are none.
	NullIsNone bool
	// Called is what DigitalOcean's errors call one of the records: "cluster"; "a|b". Empty is the last word of Name in
	// the singular: "replica" of database_replicas.
	Called string

	// URN makes the row's urn: "droplet" is do:droplet:<id>. "=urn" takes the member urn as it is. Empty: none.
	URN string
	// Title is the member that becomes the column name, "spec.name" of an object in it. Empty: the first of name, label,
	// ip, tag.
	Title string
	// Summary says in a few words what a record is: {x} is the value at a path into its body. Empty: its name has to do,
	// or Words.
	Summary string
	// Words says what an element is that comes to, or goes from, a member of the record, as Summary does: by the name of
	// that member. Where the row has no Summary the elements' words, all together, are one.
	Words map[string]string

	// Mask hides values before anything is compared, stored, logged or published.
	Mask Paths
	// Show names what is no secret though its name, or that of what it is in, says so. The members of ID are shown anyway.
	Show Paths
	// Sets are arrays whose order means nothing.
	Sets Paths
	// Ignore names what stays in the body and is never a reason for an event: noise, not news.
	Ignore Paths
	// Only names, of an object that belongs to somebody else, the one member that counts: "region.slug".
	Only Paths
	// PII names personal data, masked if the operator asks for it.
	PII Paths
	// FieldScopes are the paths that DigitalOcean fills only for a token with another resource's scope, by the name of
	// that resource: {"tags": "tags", "volumes": "volume_ids"}. Where such a path empties everywhere at once, that
	// resource's own listing is asked whether the scope is still there.
	FieldScopes map[string]Paths

	// Scope is the narrowest scope that the listing needs: "droplet:read".
	Scope string
	// Unsaid is what is known of the scope where no document says it, for who may not read the listing: "that of MicroVMs
	// is microvm:read".
	Unsaid string
	// Group is the name by which a resource that is off by default is asked for: "billing". Empty: on.
	Group string
	// Global says that the listing is the same for every account: it is read once per deployment, under the account id
	// GlobalAccount.
	Global bool
	// Common says that another account may show the same id, a name of its own choice or what DigitalOcean shows to
	// everybody, so that a known one doesn't tell whose a token is.
	Common bool
	// MinInterval is the least time between two sweeps, where DigitalOcean limits the path by itself. Zero: none.
	MinInterval time.Duration
	// Limit is what DigitalOcean allows of this path beside the token's own limits. Zero: none.
	Limit Limit
	// Revision is the member of the parent's record that changes when something below it does, so that the listing is read
	// when its parent says so: "zone_file"; "a+b": one of several. Compared as DigitalOcean sent it; null and "" say
	// nothing. Empty: none does.
	Revision string
	// Weight is how much it matters that a change is seen early, beside other resources. Zero is 1.
	Weight float64
	// ChangeRate is how often one of its records changes beside the usual, a first guess until it is learned. Zero is 1.
	ChangeRate float64
	// PerPage is the page size. Zero is 200; negative sends no paging at all.
	PerPage int
	// Paging is how one page leads to the next. Zero is Numbered.
	Paging Paging
	// Regional says that each of DigitalOcean's regions has things of its own, at its own host: the listing is read at
	// each.
	Regional bool
	// Partial is a member beside the records that names what the listing lacks: while there is something in it, the
	// listing is not whole and proves no absence: "unavailable_regions".
	Partial string
	// NotFound is the code of a 404 that says there is no such record, where that isn't DigitalOcean's id "not_found".
	NotFound string

	// Why gives the reason where the row decides otherwise than DigitalOcean's documents suggest: by the path that is
	// ignored though they don't call it volatile, that isn't though they do, or that is filled with a scope though they
	// don't say so; by "ID", "Items", "Born", "Absent" or "Title", where that field departs from them. The contract test
	// asks for a reason that is missing here, and names one that is not needed.
	Why map[string]string

	// Example is one record in JSON, as the API gives it, with obviously fake secrets. Only a listing that is in none of
	// the documents in schema/internal/apidoc needs one: what its records have is learned from it.
	Example string
}

// Limit is a limit of a path's own: at most so many requests in any window of time.
type Limit struct {
	Requests int
	Window   time.Duration
	Below    bool // requests for single records count, too, and not only the listing's
}

// GlobalAccount is the account id of what is the same for every account.
const GlobalAccount = "digitalocean"

// Spaces is the API of object storage: S3, in each region, with a Spaces key.
const Spaces = "spaces"

// Kind is the shape of a listing.
type Kind int

const (
	List   Kind = iota // an array of records
	Single             // one object
	Log                // an array that only grows or slides, newest first: read until a whole page is known, never deletes
	Map                // an object of records, each under its id
)

// String returns the word that the catalogue's table and JSON use.
func (k Kind) String() string { return [...]string{"list", "single", "log", "map"}[k] }

// Paging is how a page leads to the next one.
type Paging int

const (
	Numbered Paging = iota // page and per_page; links, meta or pagination say whether there is another
	Dotted                 // the same as pagination.page and pagination.per_page
	Tokens                 // page_size and page_token; next_page_token is empty on the last one, and only there
	Edges                  // limit and after; the records are the nodes of edges; page_info says whether there is another
)

// Absent is what confirms that a record, missing from a whole sweep, was deleted.
type Absent int

const (
	ByGet      Absent = iota // a GET by id that answers 404 not_found
	Twice                    // two whole sweeps at least 60 s apart
	WithParent               // the parent's delete; of a Single in a root, two whole sweeps in which it is null, too
	Never                    // nothing: such records don't go
)

// String returns the word that the docs use.
func (a Absent) String() string { return [...]string{"get", "twice", "with parent", "never"}[a] }
