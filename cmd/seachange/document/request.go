package document

import "github.com/seachange/seachange/producer"

// Request is what an operator asked an account's owner for.
type Request struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`  // "": the whole account
	Kind      string `json:"kind"`      // release, snapshot, look, pause or resume
	RecordID  string `json:"record_id"` // that a look is for; "": all of the resource
	AtMS      int64  `json:"at_ms"`     // when it was asked, since 1970
	// Reason is why something was paused; "": not said
	Reason string `json:"reason"`
	// Answer is what became of it; null: the owner has not done it yet.
	Answer *Answer `json:"answer"`
}

// Answer is what an account's owner did of a request.
type Answer struct {
	AccountID   string `json:"account_id"`
	Resource    string `json:"resource"`
	Kind        string `json:"kind"`        // the request's
	Collections int    `json:"collections"` // that were read for it
	Changes     int    `json:"changes"`     // that were published with that
	Released    int    `json:"released"`    // held deletes that were published
	Held        int    `json:"held"`        // deletes that stay held back
	Reason      string `json:"reason"`      // why not all of it was done; "": it was
}

// NewAnswer makes it of an owner's answer.
func NewAnswer(a producer.Answer) Answer {
	return Answer{
		AccountID: a.AccountID, Resource: a.Resource, Kind: a.Answered, Collections: a.Collections, Changes: a.Changes,
		Released: a.Released, Held: a.Held, Reason: a.Reason,
	}
}
