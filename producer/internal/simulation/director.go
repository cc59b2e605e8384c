package simulation

import (
	"slices"
	"sync"
	"time"

	"github.com/seachange/seachange/producer"
)

// director decides what happens to processes and shards.
type director struct {
	sim   *simulation
	s     stream
	lives int

	mu        sync.Mutex
	processes []*process // nil: none runs under this number
}

func newDirector(s *simulation) *director {
	return &director{sim: s, s: newStream(s.seed, "director"), processes: make([]*process, s.plan.processes)}
}

// open starts all processes and hands out the shards.
func (d *director) open() {
	for i := range d.processes {
		d.start(i)
	}
	d.share()
}

// close stops all processes and takes their shards.
func (d *director) close() {
	for i, p := range d.processes {
		p.stop()
		for _, n := range d.sim.cluster.ownedBy(p) {
			d.sim.cluster.give(n, nil, errLost)
		}
		d.set(i, nil)
	}
}

func (d *director) start(i int) {
	d.lives++
	d.set(i, d.sim.start(i, d.lives))
}

func (d *director) set(i int, p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.processes[i] = p
}

// running returns the processes that run.
func (d *director) running() []*process {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.processes), func(p *process) bool { return p == nil })
}

// share gives the shards of nobody to those who are there.
func (d *director) share() {
	for _, n := range d.sim.cluster.ownedBy(nil) {
		if to := d.any(nil); to != nil {
			d.sim.cluster.give(n, to, errLost)
		}
	}
}

// any returns a process that runs, another one than but if there is.
func (d *director) any(but *process) *process {
	var there []*process
	for _, p := range d.processes {
		if p != nil && p != but {
			there = append(there, p)
		}
	}
	if len(there) == 0 {
		return but
	}
	return there[d.s.IntN(len(there))]
}

// play lets things happen until the active time is over.
func (d *director) play() {
	for d.sim.plan.disturb > 0 {
		wait := d.s.about(d.sim.plan.disturb)
		if time.Since(d.sim.began)+wait > d.sim.plan.active {
			break
		}
		time.Sleep(wait)
		d.disturb()
		d.share()
	}
	time.Sleep(time.Until(d.sim.began.Add(d.sim.plan.active)))
	for i, p := range d.processes {
		if p == nil {
			d.start(i)
		}
	}
	d.share()
}

func (d *director) disturb() {
	p := d.processes[d.s.IntN(len(d.processes))]
	what := pick(d.s, "move", "move", "lose", "lose", "pause", "pause", "kill", "kill", "stop", "slow", "snapshot",
		"outage")
	if d.sim.plan.outages {
		what = "outage"
	}
	if p == nil {
		return
	}
	d.sim.logf("%s: %s", p, what)
	switch what {
	case "move":
		d.sim.cluster.give(d.s.IntN(d.sim.plan.shards), d.any(p), errRevoked)
	case "lose":
		d.sim.cluster.give(d.s.IntN(d.sim.plan.shards), d.any(nil), errLost)
	case "pause":
		d.pause(p)
	case "kill":
		p.kill()
		d.after(p)
	case "stop":
		p.stop()
		d.after(p)
	case "outage":
		d.outage()
	case "slow":
		d.sim.cluster.slowDown(d.s.about(time.Minute))
	case "snapshot":
		k := pick(d.s, d.sim.plan.kinds...)
		w := pick(d.s, d.sim.worlds...)
		d.sim.cluster.request(producer.Request{
			AccountID: w.id, Resource: k.resource, Kind: "snapshot", AtMS: time.Now().UnixMilli(),
		})
	}
}

// after has another process begin where one has ended; the group notices that it is gone.
func (d *director) after(p *process) {
	time.Sleep(d.s.between(time.Millisecond, 12*time.Second))
	d.set(p.number, nil)
	if d.s.chance(0.7) {
		d.start(p.number)
	}
	to := d.any(nil)
	for _, n := range d.sim.cluster.ownedBy(p) {
		d.sim.cluster.give(n, to, errLost)
	}
	if d.processes[p.number] == nil {
		time.Sleep(d.s.about(20 * time.Second))
		d.start(p.number)
	}
}

// outage ends all processes, and has them begin again after some minutes: by then everything is overdue.
func (d *director) outage() {
	for i, p := range d.processes {
		switch {
		case p == nil:
			continue
		case d.s.chance(0.5):
			p.kill()
		default:
			p.stop()
		}
		for _, n := range d.sim.cluster.ownedBy(p) {
			d.sim.cluster.give(n, nil, errLost)
		}
		d.set(i, nil)
	}
	lasts := d.s.between(time.Minute, 4*time.Minute)
	time.Sleep(lasts)
	d.open()
	d.sim.judge.back(lasts)
}

// pause stops a process for a while. Others may get its shards, of which it learns when it goes on, or by being
// fenced.
func (d *director) pause(p *process) {
	p.pause()
	time.Sleep(d.s.between(100*time.Millisecond, 20*time.Second))
	if d.s.chance(0.5) {
		to := d.any(p)
		for _, n := range d.sim.cluster.ownedBy(p) {
			if to == p {
				break
			}
			d.sim.cluster.give(n, to, nil)
		}
		time.Sleep(d.s.between(time.Millisecond, 20*time.Second))
	}
	p.resume()
}
