package state

// Checkpoints are those of all accounts, read from the state topic. The zero value knows none.
type Checkpoints struct {
	Accounts map[string]*Account // by id
}

// Account is what Checkpoints has of an account.
type Account struct {
	AccountCheckpoint
	Collections map[CollectionID]CollectionCheckpoint
}

// Take takes a record of the state topic, in the topic's order. Other records than checkpoints are passed over.
func (c *Checkpoints) Take(key, value []byte) error {
	k, err := ParseKey(key)
	if err != nil || k.Kind == KindRecord {
		return nil // the log's own
	}
	a := c.account(k.Account)
	switch {
	case k.Kind == KindLooks:
		return a.takeLooks(key, value)
	case value == nil:
		delete(a.Collections, k.Collection())
		return nil
	case k.Kind == KindAccount:
		a.AccountCheckpoint = AccountCheckpoint{}
		return Decode(key, value, &a.AccountCheckpoint)
	}
	var collection CollectionCheckpoint
	if err := Decode(key, value, &collection); err != nil {
		return err
	}
	a.Collections[k.Collection()] = collection
	return nil
}

// takeLooks moves the checkpoints on that stand before an account's looks.
func (a *Account) takeLooks(key, value []byte) error {
	l, err := a.TakeLooks(key, value)
	for id, c := range a.Collections {
		c.LookedAt(l.Of(c.Number))
		a.Collections[id] = c
	}
	return err
}

func (c *Checkpoints) account(id string) *Account {
	if c.Accounts == nil {
		c.Accounts = map[string]*Account{}
	}
	a := c.Accounts[id]
	if a == nil {
		a = &Account{Collections: map[CollectionID]CollectionCheckpoint{}}
		c.Accounts[id] = a
	}
	return a
}
