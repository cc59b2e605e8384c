package schedule

import "math"

const (
	defaultPerHour = 5000
	defaultShare   = 0.8
	leastShare     = 0.05 // of the limit, however much others use
	hourBuckets    = 60
	reserve        = 60 // requests that may be saved up for hints and long sweeps
)

// budget is what may be spent: a bucket of tokens, filled at a rate that leaves the other users of the token alone.
type budget struct {
	limit  float64 // an hour
	share  float64
	others float64 // requests that others made in the last hour
	left   float64 // of the limit, as the API last said; -1: it hasn't
	tokens float64
	at     float64 // when tokens was true
	own    lastHour
	beside lastHour // requests that other Schedules of this process made with the same token
	told   int64    // of those, as of the last call of Beside; -1: there was none
	before bool     // an earlier Schedule's requests are still to be told from others'
	since  float64  // its last one
}

func (b *budget) begin(o Options) {
	b.limit, b.share, b.left, b.told, b.tokens = float64(o.PerHour), o.Share, -1, -1, reserve
	if b.limit <= 0 {
		b.limit = defaultPerHour
	}
	if b.share <= 0 || b.share > 1 || math.IsNaN(b.share) {
		b.share = defaultShare
	}
}

// rate is how many requests a second may be spent: the share of the limit less what others use, and less and less
// when what is left goes into the reserve.
func (b *budget) rate() float64 {
	r := max(leastShare*b.limit, b.alone()-b.others)
	// A full bucket may be spent beside the rate: that is no inroad yet.
	if spare := (1-b.share)*b.limit - reserve; b.left >= 0 && b.left < spare {
		r *= max(b.left/spare, leastShare)
	}
	return r / 3600
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
	b.others = max(0, b.limit-b.left-float64(b.own.at(now)+b.beside.at(now)))
}

// resume says what an earlier Schedule knew of the others, and when it ended.
func (b *budget) resume(now, others, ago float64) {
	b.others, b.before, b.since = max(0, others), true, now-max(0, ago)
}

// takeOver counts the earlier Schedule's requests of the last hour as our own: what the others of then did not make, and no
// more than it may have made. It answers false as long as there is no answer of our own to tell them by.
func (b *budget) takeOver(now float64) bool {
	own := float64(b.own.at(now) + b.beside.at(now))
	if b.own.sum == 0 {
		return false
	}
	b.before = false
	minutes := min(hourBuckets, max(0, hourBuckets-int(math.Ceil((now-b.since)/60))))
	theirs := max(0, min(b.limit-b.left-own-b.others, b.share*b.limit*float64(minutes)/hourBuckets))
	for i := range minutes { // the oldest first
		b.own.addOld(i, int(theirs*float64(i+1)/float64(minutes))-int(theirs*float64(i)/float64(minutes)))
	}
	return true
}

// spend takes requests that were made.
func (b *budget) spend(now float64, requests int) {
	b.fill(now)
	b.tokens -= float64(requests)
	b.own.add(now, requests)
}

// spentBeside takes the number of requests that others of this process have made so far with the same token.
func (b *budget) spentBeside(now float64, total int64) {
	if b.told >= 0 {
		b.beside.add(now, int(max(0, total-b.told)))
	}
	b.told = total
}

// lastHour counts requests by the minute, and forgets those of more than an hour ago.
type lastHour struct {
	minutes [hourBuckets + 1]int
	newest  int
	sum     int
}

// at returns how many requests there were in the hour before now.
func (h *lastHour) at(now float64) int {
	minute := int(now / 60)
	h.newest = max(h.newest, minute-len(h.minutes))
	for h.newest < minute {
		h.newest++
		oldest := &h.minutes[h.newest%len(h.minutes)]
		h.sum -= *oldest
		*oldest = 0
	}
	return h.sum
}

func (h *lastHour) add(now float64, n int) {
	h.at(now)
	h.minutes[h.newest%len(h.minutes)] += n
	h.sum += n
}

// addOld adds requests to a minute of the past: 0 is the oldest that counts.
func (h *lastHour) addOld(minute, n int) {
	h.minutes[(h.newest+1+minute)%len(h.minutes)] += n
	h.sum += n
}

func (b *budget) fill(now float64) {
	if now > b.at {
		b.tokens = min(b.size(), b.tokens+(now-b.at)*b.rate())
		b.at = now
	}
}

// size is what the bucket holds: what one minute may take at once beside its rate, on a small limit less.
func (b *budget) size() float64 { return min(reserve, max(1, b.limit/50)) }

// enough answers when there are tokens for so many requests; for more than the bucket holds, when it is full.
func (b *budget) enough(now float64, requests int) float64 {
	b.fill(now)
	want := min(float64(requests), b.size())
	const aHair = 1e-6 // what is waited for is not missed by rounding
	if b.tokens >= want-aHair {
		return now
	}
	return now + (want-b.tokens)/b.rate()
}

// full answers when the bucket is.
func (b *budget) full(now float64) float64 { return b.enough(now, reserve) }
