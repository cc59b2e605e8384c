package schedule

import "math"

const (
	defaultPerHour = 5000
	defaultShare   = 0.8
	leastShare     = 0.05 // of the limit, however much others use
	reserve        = 60   // requests that may be saved up for hints and long sweeps

	minuteShare  = 0.05   // of the hourly limit: what DigitalOcean allows in a minute
	hurriedShare = 0.93   // of that, for first sweeps in a hurry: the rest is left to others
	advanced     = 0.4    // of an hour's requests may be made in a hurry
	repaidIn     = 3000.0 // seconds: within the hour that the advance counts in
	repaidShare  = 0.6    // of the rate, at the most
)

// budget is what may be spent: a bucket of tokens, filled at a rate that leaves the other users of the token alone.
type budget struct {
	limit   float64 // an hour
	share   float64
	others  float64 // requests that others made in the last hour
	usual   float64 // others, as of some minutes ago; -1: not known
	left    float64 // of the limit, as the API last said; -1: it hasn't
	tokens  float64
	held    float64 // of tokens: for what is being read
	at      float64 // when tokens was true
	hurry   float64 // the next request in a hurry comes no sooner
	advance float64 // requests that were made before the rate allowed them, and not paid back
	repay   float64 // of them, a second
	own     lastHour
	beside  lastHour // requests that other Schedules of this process made with the same token
	counted int64    // of those, as of the last call of Beside; -1: there was none
	before  bool     // an earlier Schedule's requests are still to be told from others'
	since   float64  // its last one
}

func (b *budget) begin(o Options) {
	b.limit, b.share, b.left, b.counted, b.usual, b.tokens = float64(o.PerHour), o.Share, -1, -1, -1, reserve
	if b.limit <= 0 {
		b.limit = defaultPerHour
	}
	if b.share <= 0 || b.share > 1 || math.IsNaN(b.share) {
		b.share = defaultShare
	}
}

// plain is how many requests a second may be spent in the long run: the share of the limit less what others use, and
// less and less when what is left goes into the reserve.
func (b *budget) plain() float64 {
	r := max(leastShare*b.limit, b.alone()-b.others)
	// A full bucket may be spent beside the rate: that is no inroad yet.
	if spare := (1-b.share)*b.limit - reserve; b.left >= 0 && b.left < spare {
		r *= max(b.left/spare, leastShare)
	}
	return r / 3600
}

// rate is how many requests a second may be spent now: less than plain while an advance is paid back.
func (b *budget) rate() float64 { return b.plain() - b.repaying() }

// repaying is how many requests a second go into the advance.
func (b *budget) repaying() float64 {
	if b.advance <= 0 {
		return 0
	}
	return min(b.repay, b.plain()*repaidShare)
}

// alone is what may be spent in an hour if nobody outside of this process uses the token.
func (b *budget) alone() float64 {
	return max(leastShare*b.limit, b.share*b.limit-float64(b.beside.sum))
}

// tell takes up what a response said.
func (b *budget) tell(now float64, limit, left int) {
	b.fill(now)
	if limit <= 0 || left > limit {
		return // absurd: what was said before stands
	}
	b.limit = float64(limit)
	b.tokens = min(b.tokens, b.size())
	if left < 0 {
		return
	}
	b.left = float64(left)
	if b.before && !b.takeOver(now) {
		return
	}
	first := b.usual < 0
	b.others = max(0, b.limit-b.left-float64(b.own.at(now)+b.beside.at(now)))
	if first {
		b.usual = b.others
	}
}

// resume says what an earlier Schedule knew of the others, and when it ended.
func (b *budget) resume(now, others, ago float64) {
	b.others, b.before, b.since = max(0, others), true, now-max(0, ago)
}

// takeOver counts the earlier Schedule's requests of the last hour as our own: what the others of then did not make,
// and no more than it may have made. It returns false as long as there is no answer of our own to tell them by.
func (b *budget) takeOver(now float64) bool {
	own := float64(b.own.at(now) + b.beside.at(now))
	if b.own.sum == 0 {
		return false
	}
	b.before = false
	slots := min(hourSlots, max(0, hourSlots-int(math.Ceil((now-b.since)/slotSeconds))))
	most := b.share * b.limit * float64(slots) / hourSlots
	theirs := max(0, min(b.limit-b.left-own-b.others, most))
	for i := range slots { // the oldest first
		n := int(theirs*float64(i+1)/float64(slots)) - int(theirs*float64(i)/float64(slots))
		b.own.addOld(i, n)
	}
	return true
}

// spend takes requests that were made. What a first sweep takes beyond the bucket is an advance on the hour to come.
func (b *budget) spend(now float64, requests int, first bool) {
	b.fill(now)
	b.tokens -= float64(requests)
	allowed := b.hurry <= now && b.mayHurry(now, 1)
	b.hurry = max(b.hurry, now) + float64(requests)/b.hurried()
	if first && allowed && b.tokens < 0 {
		b.advance -= b.tokens
		b.tokens = 0
		b.repay = b.advance / repaidIn
	}
	b.own.add(now, requests)
}

// spentBeside takes the number of requests that others of this process have made so far with the same token.
func (b *budget) spentBeside(now float64, total int64) {
	if b.counted >= 0 {
		n := max(0, total-b.counted)
		b.beside.add(now, int(n))
		b.hurry = max(b.hurry, now) + float64(n)/b.hurried()
	}
	b.counted = total
}

// lastHour counts requests by slots of time, and forgets those of more than an hour ago.
type lastHour struct {
	slots  [hourSlots + 1]int32
	newest int
	sum    int
}

const (
	hourSlots   = 240
	slotSeconds = 3600.0 / hourSlots
	surge       = 180.0 // seconds in which what others use becomes usual
	ordinary    = 20.0  // requests that others may make more than usual and it is nothing
)

// at returns how many requests there were in the hour before now.
func (h *lastHour) at(now float64) int {
	slot := int(now / slotSeconds)
	h.newest = max(h.newest, slot-len(h.slots))
	for h.newest < slot {
		h.newest++
		oldest := &h.slots[h.newest%len(h.slots)]
		h.sum -= int(*oldest)
		*oldest = 0
	}
	return h.sum
}

func (h *lastHour) add(now float64, n int) {
	h.at(now)
	h.addOld(hourSlots, n)
}

// addOld adds requests to a slot of the past: 0 is the oldest that counts, hourSlots the present one.
func (h *lastHour) addOld(slot, n int) {
	h.slots[(h.newest+1+slot)%len(h.slots)] += int32(n)
	h.sum += n
}

func (b *budget) fill(now float64) {
	if now <= b.at {
		return
	}
	span := now - b.at
	if b.usual >= 0 {
		b.usual += (b.others - b.usual) * min(1, span/surge)
	}
	b.tokens = min(b.size(), b.tokens+span*b.rate())
	b.advance = max(0, b.advance-span*b.repaying())
	b.at = now
}

// size is what the bucket holds: what one minute may take at once beside its rate. On a small limit it is less, and
// while others make more requests than usual: the minute that they fill is ours, too, and no header tells how it
// stands.
func (b *budget) size() float64 {
	rising := 0.0
	if b.usual >= 0 {
		rising = max(0, b.others-b.usual-ordinary)
	}
	return max(1, min(reserve-2*rising, b.limit/50)) // twice: their minute may have begun just now
}

// enough returns when there are tokens for so many requests; for more than the bucket holds, when it is full.
func (b *budget) enough(now float64, requests int) float64 {
	b.fill(now)
	want := min(float64(requests), b.size())
	const aHair = 1e-6 // what is waited for is not missed by rounding
	if b.free() >= want-aHair {
		return now
	}
	return now + (want-b.free())/b.rate()
}

// free is what nothing that is being read may still need.
func (b *budget) free() float64 { return b.tokens - b.held }

// full returns when the bucket is.
func (b *budget) full(now float64) float64 { return b.enough(now, reserve) }

// hurried is how many requests a second first sweeps may make while they are in a hurry: most of what a minute allows
// beside others.
func (b *budget) hurried() float64 {
	return max(b.plain(), (hurriedShare*b.limit*minuteShare-b.others/60)/60)
}

// mayHurry reports whether first sweeps may go ahead of the rate: as long as this leaves enough of the hour for the
// rest.
func (b *budget) mayHurry(now float64, requests int) bool {
	return b.headStart(now) >= float64(requests)+b.held
}

// headStart is how many requests first sweeps may still make in a hurry.
func (b *budget) headStart(now float64) float64 {
	return advanced*b.plain()*3600 - float64(b.own.at(now))
}
