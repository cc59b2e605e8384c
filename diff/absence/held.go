package absence

import "fmt"

// Reason is why absences are held back: what they lack to be deletes. It is a contract: checkpoints, the sweeps topic
// and the status page have it by this name.
type Reason string

const (
	AnswersByID   Reason = "answers_by_id"      // the list lacks it, but a GET by id returns it
	NotConfirmed  Reason = "not_confirmed"      // the GET by id returned neither the record nor a 404
	ParentMissing Reason = "parent_not_found"   // the 404 was about the parent, which is still listed
	TokenUnproven Reason = "token_unproven"     // nothing has shown yet that the token is this account's
	SecondSweep   Reason = "second_sweep"       // a second whole sweep decides
	MassDelete    Reason = "mass_delete_guard"  // so much is missing at once that two sweeps 10 minutes apart decide
	Hidden        Reason = "hidden_by_scope"    // the token may not see what the record names
	Unnamed       Reason = "nothing_tells"      // no resource of ours tells whether the token may see what it names
	StillCounted  Reason = "still_counted"      // the API counts more records than it lists: it may be one of those
	Young         Reason = "just_created"       // it was created moments ago: lists lag behind
	ParentAbsent  Reason = "parent_not_in_list" // its parent is missing from the list
	ParentBroken  Reason = "parent_quarantined" // its parent's record can't be taken
	ParentBehind  Reason = "parent_behind"      // its parent is shown older than it is known
	Unreadable    Reason = "members_unreadable" // members of some records can't be read; their old values stay
)

// Held is why a collection holds absences back. The zero value: nothing is held.
type Held struct {
	Reason Reason `json:"reason,omitempty"`
	// Detail is the part of the reason that differs: an error, a urn, or a resource's name.
	Detail string `json:"detail,omitempty"`
	// Missing of Records are absent, of a MassDelete.
	Missing int `json:"missing,omitzero"`
	Records int `json:"records,omitzero"`
}

// String says it to an operator, with what can be done.
func (h Held) String() string {
	switch h.Reason {
	case "":
		return ""
	case AnswersByID:
		return "missing from the list, but DigitalOcean still returns it by id"
	case NotConfirmed:
		return "not confirmed: " + h.Detail
	case ParentMissing:
		return "not confirmed: DigitalOcean does not find its parent, which is still listed: " + h.Detail
	case TokenUnproven:
		return "delete not confirmed: cannot verify which account this token belongs to; grant account:read"
	case SecondSweep:
		return "missing once: a second whole sweep decides"
	case MassDelete:
		return fmt.Sprintf("mass-delete guard: %d of %d records are missing at once; they are deleted when two sweeps "+
			"10 minutes apart agree, or with seachange release %s", h.Missing, h.Records, h.Detail)
	case Hidden:
		return "the token may not see what it names: " + h.Detail
	case Unnamed:
		return "nothing tells whether the token may see what it names: " + h.Detail
	case StillCounted:
		return "missing from the list, but the API may still count it; if it is gone, seachange release " + h.Detail
	case Young:
		return "created moments ago and missing from the list: a second whole sweep decides"
	case ParentAbsent:
		return "its parent is missing from the list"
	case ParentBroken:
		return "its parent can't be taken (duplicate names or bad UTF-8)"
	case ParentBehind:
		return "its parent is shown older than it is known: what is older is taken for the truth if it stays"
	case Unreadable:
		return "not everything of each record can be read: what was known of it stays"
	}
	return string(h.Reason)
}
