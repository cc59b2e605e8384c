package state

import (
	"fmt"
	"iter"
	"strings"

	"github.com/go-json-experiment/json"
)

// ToldLooks are a value of the topic of looks: when collections of an account, by the numbers in their statuses, were
// last read whole, lacked nothing, and had not changed. They are of all such collections, in slot 0, or of those that
// were read since the looks before. Every event of the account with an lsn up to LastLSN stands before them.
type ToldLooks struct {
	// AccountID is that of the key, for readers of values alone.
	AccountID string `json:"account_id"`

	AtMS int64 `json:"at_ms"`
	// Ages and Since are as those of Looks.
	Ages  []byte `json:"ages,omitempty"`
	Since []byte `json:"since,omitempty"`
	// Seq grows from looks to looks: they tell of statuses with a lower LooksSeq.
	Seq     int64 `json:"seq"`
	LastLSN int64 `json:"last_lsn"`
}

// Of returns when collection n was read, at the least; 0: they don't tell.
func (l *ToldLooks) Of(n int) (wholeMS int64) {
	return (&Looks{AtMS: l.AtMS, Ages: l.Ages, Since: l.Since}).Of(n)
}

// LooksSlot is a key of the topic of looks: whose they are, and in which slot.
type LooksSlot struct {
	AccountID string `json:"account_id"`
	Slot      int    `json:"slot"`
}

// ParseLooks reads a record of the topic of looks. A tombstone, which only an operator writes, tells nothing.
func ParseLooks(key, value []byte) (k LooksSlot, l *ToldLooks, err error) {
	if err := json.Unmarshal(key, &k); err != nil {
		return k, nil, fmt.Errorf("key of looks: %w", err)
	}
	l = &ToldLooks{}
	if value == nil {
		return k, l, nil
	}
	if err := json.Unmarshal(value, l); err != nil {
		return k, nil, fmt.Errorf("looks of account %s: %w", k.AccountID, err)
	}
	return k, l, nil
}

// Told is what the topics of sweeps and of looks tell of the collections that are there. Their records may be taken in
// any order between the topics.
type Told struct{ accounts map[string]*told }

// told is an account of it.
type told struct {
	statuses map[AccountCollection]*CollectionStatus // moved by the looks
	looks    map[int]*ToldLooks                      // by slot
}

// Take takes a record of one of the topics, and returns whose it is.
func (t *Told) Take(topic string, key, value []byte) (account string, err error) {
	if IsLooks(topic) {
		k, l, err := ParseLooks(key, value)
		if err == nil {
			t.Looks(k, l)
		}
		return k.AccountID, err
	}
	c, s, err := ParseStatus(key, value)
	if err == nil {
		t.Status(c, s)
	}
	return c.AccountID, err
}

// IsLooks reports whether a topic is one of looks.
func IsLooks(topic string) bool { return strings.HasSuffix(topic, looksTopic) }

// Status takes a collection's newest status; nil: it is gone.
func (t *Told) Status(c AccountCollection, s *CollectionStatus) {
	a := t.account(c.AccountID)
	if s == nil {
		delete(a.statuses, c)
		return
	}
	for _, l := range a.looks {
		s.Move(l)
	}
	a.statuses[c] = s
}

// Looks takes the newest looks of a slot.
func (t *Told) Looks(k LooksSlot, l *ToldLooks) {
	a := t.account(k.AccountID)
	a.looks[k.Slot] = l
	for _, s := range a.statuses {
		s.Move(l)
	}
}

func (t *Told) account(id string) *told {
	if t.accounts == nil {
		t.accounts = map[string]*told{}
	}
	a := t.accounts[id]
	if a == nil {
		a = &told{statuses: map[AccountCollection]*CollectionStatus{}, looks: map[int]*ToldLooks{}}
		t.accounts[id] = a
	}
	return a
}

// Of returns the newest statuses of an account's collections, as of the last looks: a map that what is taken changes.
func (t *Told) Of(account string) map[AccountCollection]*CollectionStatus {
	return t.account(account).statuses
}

// All returns the newest status of each collection, as of the last looks.
func (t *Told) All() iter.Seq2[AccountCollection, CollectionStatus] {
	return func(yield func(AccountCollection, CollectionStatus) bool) {
		for _, a := range t.accounts {
			for c, s := range a.statuses {
				if !yield(c, *s) {
					return
				}
			}
		}
	}
}
