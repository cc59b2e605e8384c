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
		return a.look(key, value)
	case value == nil:
		delete(a.Collections, k.Collection())
		return nil
	case k.Kind == KindAccount:
		a.AccountCheckpoint = AccountCheckpoint{}
		return Decode(key, value, &a.AccountCheckpoint)
	}
	var h CollectionCheckpoint
	if err := Decode(key, value, &h); err != nil {
		return err
	}
	a.Collections[k.Collection()] = h
	return nil
}

// look moves the checkpoints on that stand before an account's looks.
func (a *Account) look(key, value []byte) error {
	var l Looks
	if value == nil {
		return nil
	}
	if err := Decode(key, value, &l); err != nil {
		return err
	}
	a.Look(&l)
	for id, h := range a.Collections {
		h.LookedAt(l.Of(h.Number))
		a.Collections[id] = h
	}
	return nil
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
