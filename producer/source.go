// Package producer is the program: it reads accounts, finds what changed and has it committed. It says what it needs
// of its adapters as small interfaces, Source, and Log with its Worker and Session, and imports none of them.
package producer

import (
	"context"
	"iter"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// Source is one account's API. It repeats no request: only the schedule does. It is used by one goroutine, and calls
// back from others.
type Source interface {
	// Identify asks whose token this is.
	Identify(ctx context.Context) (Identity, error)
	// Pages lists a collection: the records of r below parent, an id ("" at the top level). The first error ends the
	// sequence, and means that the listing is not whole; the page beside it has BeganMS and EndedMS of the answer, if
	// there was one. A page and its records are valid until the next one.
	Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error]
	// Ahead sends the first request of a listing without waiting for anything, and calls done, once, from another
	// goroutine, when what comes of it is there. From then on pages, which may be ranged over once, is what Pages
	// returns. The end of ctx ends the request. ok is false if nothing was sent, since it would have had to wait.
	Ahead(
		ctx context.Context, r *schema.Resource, parent string, done func(),
	) (pages iter.Seq2[diff.Page, error], ok bool)
	// Get asks for one record by id. body is the record as last published: some paths need a member of it.
	// A *SourceError of kind Gone means that DigitalOcean says there is no such record, also where its name now belongs to
	// another one; the page then has BeganMS and EndedMS of that answer, and nothing else.
	Get(ctx context.Context, r *schema.Resource, id string, body []byte) (diff.Page, error)
	// Budget is what the API lets this token spend, as its headers last said.
	Budget() Budget
}

// Identity is whose token it is.
type Identity struct {
	ID   string // the team's UUID; without a team "user:<uuid>"
	Name string // the team's name; without a team the account's
}

// Budget is the state of a token's limits.
type Budget struct {
	PerHour   int   // the hourly limit; 5,000 until a header says otherwise
	Remaining int   // requests left in this hour; -1 until a header says
	Requests  int64 // made so far through this Source
	// TokenRequests counts those made so far with the same token in this process, through other Sources, too.
	TokenRequests int64
	// TokenReads counts how often another token was read. A 404 is believed only after the present token has shown
	// whose it is.
	TokenReads int
	// Verified says that the present token's account was asked for and is the expected one.
	Verified bool
}

// ErrorKind is the kind of a SourceError.
type ErrorKind int

const (
	Failed     ErrorKind = iota // anything that may pass: 5xx, a timeout, a cut body, bad JSON
	Unreadable                  // 403: the token lacks the resource's scope
	Refused                     // 401: the token is not, or no longer, valid; or it is another account's
	Gone                        // 404 with DigitalOcean's own not_found
	Throttled                   // 429
)

// String is the word for metric labels.
func (k ErrorKind) String() string {
	return [...]string{"failed", "unreadable", "refused", "gone", "throttled"}[k]
}

// SourceError says what went wrong with a request, where, and what to do. Its text holds no token and no body.
type SourceError struct {
	Kind       ErrorKind
	RetryAfter time.Duration // on Throttled; 0 if not said
	OfParent   bool          // on Gone: what isn't found is the parent
	// Half, on Unreadable, means that it is one of the queries that a listing joins. What the others list was listed.
	Half bool
	// Short is by how many records a listing fell short of what the API counts, though every page was read; 0: it isn't
	// that.
	Short int
	Err   error // names resource, page, status and request id
}

func (e *SourceError) Error() string { return e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }
