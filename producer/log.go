package producer

import (
	"context"
	"errors"

	"github.com/seachange/seachange/producer/state"
)

// Log is where events go and state comes from: Kafka.
type Log interface {
	// Run hands out shards until ctx ends. For each shard that this process owns it opens a Worker, feeds it the shard's
	// state, and runs it; when the ownership ends or a commit fails, the worker is dropped and another is opened
	// once the shard is owned again. Run returns only when ctx has ended and every worker has.
	Run(ctx context.Context, open func(shard int) Worker) error
	// ShardOf returns the shard that an account belongs to.
	ShardOf(accountID string) int
	// Failure returns why this process doesn't work on the shard of an account that it was given: the last error. Nil: it
	// does, or another process was given the shard.
	Failure(accountID string) error
	// Wake has a worker opened anew for each shard of this process whose worker returned ErrIdle: there may be something
	// to do by now.
	Wake()
}

// Worker does a shard's work in one ownership of it. It is made by the producer and called by the Log.
type Worker interface {
	// Restore takes one record of the shard's state, in the log's order. A nil value deletes. An error ends the ownership.
	Restore(key, value []byte) error
	// Run works until ctx ends, then commits what it must and returns. It returns ErrIdle if there is nothing to do until
	// Wake is called.
	// After a failed commit ctx is cancelled and every further commit fails.
	Run(ctx context.Context, s Session) error
	// Close is called when the ownership has ended: what the worker tells of its accounts is another owner's to tell.
	Close()
}

// ErrIdle means that a shard has no configured account and no status to publish: nothing will be committed by this
// worker.
var ErrIdle = errors.New("nothing to do in this shard")

// Session is one ownership of a shard.
type Session interface {
	// Commit has a batch committed, in order, in one transaction, maybe with others. It blocks only while too much is
	// pending. done is called once, in order, from another goroutine, and must not call Commit: nil means committed. Any
	// error means that this ownership is over and everything in memory must be dropped: what was committed is learned by
	// restoring.
	Commit(b Batch, done func(error))
	// Requests are the operators' requests for accounts of this shard: those that stand in the topic and new ones.
	Requests() <-chan Request
	// MaxBytes is the largest record, key, value and headers together, that the topics take.
	MaxBytes() int
	// TopicID identifies a topic's incarnation: it changes when a topic was deleted and made again. "" if unknown.
	TopicID(topic string) string
}

// Batch is what must be committed together: a record's event, its state and its account's checkpoint, for one or more
// records.
type Batch struct{ Records []Record }

// Record is one Kafka record to be. The Log chooses the partition: the shard's own in the state topic, elsewhere by
// account.
type Record struct {
	Topic   string
	Account string
	Key     []byte
	Value   []byte // nil deletes the key from a compacted topic
	Headers []Header
}

// Header is a Kafka record's header.
type Header struct{ Key, Value string }

// Kinds of requests.
const (
	KindRelease  = "release"  // publishes held deletes
	KindSnapshot = "snapshot" // publishes every record again
	KindLook     = "look"     // reads what there is now
	KindPause    = "pause"    // reads a resource, or with "" the account, no more
	KindResume   = "resume"   // reads it again
)

// Request is what an operator asks of a collection, through the requests topic.
type Request struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	Kind      string `json:"kind"`
	AtMS      int64  `json:"at_ms"` // when it was asked; held deletes that are younger are not released
	// ID tells the request apart in its answer. Requests of older releases have none.
	ID string `json:"id,omitempty"`
	// Record is the id of the record that a look is for, or of the one that it is below; "": all of the resource.
	Record string `json:"record_id,omitempty"`
	// Reason is why an operator pauses, for people.
	Reason string `json:"reason,omitempty"`
}

// Key is the request's key in its topic, or its answer's.
func (r Request) Key(answer bool) state.RequestKey {
	k := state.RequestKey{AccountID: r.AccountID, Resource: r.Resource, Answer: answer}
	switch r.Kind { // the first two kinds replace each other since they were made
	case KindLook:
		k.Kind = KindLook
	case KindPause, KindResume:
		k.Kind = KindPause
	}
	return k
}

// Answer is what an account's owner did of a request, in the same topic.
type Answer struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	Answered  string `json:"answered"`       // the request's kind
	ID        string `json:"id"`             // the request's
	AtMS      int64  `json:"at_ms,omitzero"` // the request's: earlier ones of its kind are answered with it
	Released  int    `json:"released"`       // deletes that were published
	Held      int    `json:"held"`           // that stay held back
	// Collections were read for it, with so many Changes.
	Collections int `json:"collections,omitzero"`
	Changes     int `json:"changes,omitzero"`
	// Reason is why not all of it was done; "" if it was.
	Reason string `json:"reason,omitempty"`
}
