package state

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seachange/seachange/producer/schedule"
)

// CollectionID names a collection of an account.
type CollectionID = schedule.Key

// Kind is the first part of an entry's key.
type Kind string

const (
	KindAccount    Kind = "account"
	KindCollection Kind = "collection"
	KindRecord     Kind = "record"
	KindLooks      Kind = "looks"
)

// everyCollection stands for a resource's name in the key of looks. Releases that know no looks pass over the
// collections of a resource that they don't know.
const everyCollection = "*"

// AccountKey is the key of an account's checkpoint.
func AccountKey(account string) []byte { return []byte(string(KindAccount) + "/" + account) }

// CollectionKey is the key of a collection's checkpoint.
func CollectionKey(account string, k CollectionID) []byte {
	return []byte(string(KindCollection) + "/" + account + "/" + k.Resource + "/" + k.Parent)
}

// LooksKey is the key of an account's looks in a slot.
func LooksKey(account string, slot int) []byte {
	return CollectionKey(account, CollectionID{Resource: everyCollection, Parent: strconv.Itoa(slot)})
}

// RecordKey is the key of a record's entry.
func RecordKey(account, resource, id string) []byte {
	return []byte(string(KindRecord) + "/" + account + "/" + resource + "/" + id)
}

// Key is an entry's key, taken apart.
type Key struct {
	Kind     Kind
	Account  string
	Resource string // "" of an account
	ID       string // a collection's parent, a record's id, the slot of looks
}

// Collection names the collection whose checkpoint the entry is.
func (k Key) Collection() CollectionID { return CollectionID{Resource: k.Resource, Parent: k.ID} }

// ParseKey takes the key of an entry apart.
func ParseKey(key []byte) (Key, error) {
	p := strings.SplitN(string(key), "/", 4)
	if len(p) == 2 && Kind(p[0]) == KindAccount {
		return Key{Kind: KindAccount, Account: p[1]}, nil
	}
	if len(p) == 4 && Kind(p[0]) == KindCollection && p[2] == everyCollection {
		return Key{Kind: KindLooks, Account: p[1], ID: p[3]}, nil
	}
	if kind := Kind(p[0]); len(p) == 4 && (kind == KindCollection || kind == KindRecord) {
		return Key{Kind: kind, Account: p[1], Resource: p[2], ID: p[3]}, nil
	}
	return Key{}, fmt.Errorf("state key %q: want account/…, collection/…/…/… or record/…/…/…", key)
}
