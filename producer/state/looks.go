package state

import (
	"encoding/binary"
	"time"
)

// Looks tell of an account's collections, by their numbers, when each was last read whole and found as its checkpoint
// says, so that the checkpoint is not written again for it. They are of all collections, in slot 0, or of those that
// were looked at since the looks before. A checkpoint that stands behind them in the log is newer than they are.
type Looks struct {
	AtMS int64 `json:"at_ms"`
	// Ages are, of all collections, how many seconds before AtMS that look began, rounded up, in two bytes each.
	Ages []byte `json:"ages,omitempty"`
	// Since is a bit for each collection that was looked at since AtMS.
	Since []byte `json:"since,omitempty"`
	// As in the account's checkpoint, which is not written with them.
	PerHour int `json:"per_hour,omitzero"`
	Others  int `json:"others,omitzero"`
	// Seq is, in slot 0, that of the looks which readers were told with these. Those of the other slots count on.
	Seq int64 `json:"seq,omitzero"`
}

// LookSlots is how many slots of an account's looks there are.
const LookSlots = 60

// untold is an age that is too long for its bytes: the checkpoint says it.
const untold = 1<<16 - 1

// LongestAge is the longest that looks can tell.
const LongestAge = (untold - 1) * time.Second

// Age notes when collection n was looked at last.
func (l *Looks) Age(n int, wholeMS int64) {
	for len(l.Ages) < 2*(n+1) {
		l.Ages = binary.BigEndian.AppendUint16(l.Ages, untold)
	}
	age := min(max((l.AtMS-wholeMS+999)/1000, 0), untold)
	binary.BigEndian.PutUint16(l.Ages[2*n:], uint16(age))
}

// Seen notes that collection n was looked at since AtMS.
func (l *Looks) Seen(n int) {
	for len(l.Since) <= n/8 {
		l.Since = append(l.Since, 0)
	}
	l.Since[n/8] |= 1 << (n % 8)
}

// Of returns when collection n was looked at, at the least; 0: they don't tell.
func (l *Looks) Of(n int) (wholeMS int64) {
	if 2*n+2 <= len(l.Ages) {
		if age := binary.BigEndian.Uint16(l.Ages[2*n:]); age != untold {
			return l.AtMS - int64(age)*1000
		}
	}
	if n/8 < len(l.Since) && l.Since[n/8]&(1<<(n%8)) != 0 {
		return l.AtMS
	}
	return 0
}

// TakeLooks reads an entry of looks, and takes over what those of all collections say of the account itself. The
// caller moves on the collections' checkpoints that stand before it in the log. The looks are empty where the entry
// is deleted.
func (a *AccountCheckpoint) TakeLooks(key, value []byte) (l Looks, err error) {
	if value == nil {
		return l, nil
	}
	err = Decode(key, value, &l)
	if err == nil && len(l.Ages) > 0 {
		a.PerHour, a.Others = l.PerHour, l.Others
	}
	return l, err
}

// LookedAt moves a checkpoint on to a later look that found the collection as the checkpoint says.
func (c *CollectionCheckpoint) LookedAt(wholeMS int64) {
	stretch := wholeMS - c.WholeMS
	if c.FirstMS == 0 || stretch <= 0 {
		return
	}
	if c.CleanMS == c.WholeMS {
		c.CleanMS = wholeMS
	}
	c.WholeMS = wholeMS
	if c.Learned != nil {
		calm := time.Duration(stretch) * time.Millisecond
		c.Learned = &Learned{Memory: c.Learned.Calm(calm), AtMS: c.Learned.AtMS + stretch}
	}
}
