package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/history/index"
)

// hub hands on what comes to the open pages. A change is set in HTML once, however many pages there are. It never
// waits for a page: one that doesn't read would hold up all others.
type hub struct {
	mu      sync.Mutex
	viewers map[*viewer]bool
}

// viewer is an open page: what it wants, and the queue of its stream.
type viewer struct {
	filter  index.Filter
	changes bool
	to      chan sse
}

// sse is an event of a stream.
type sse struct {
	Name string
	Data any
}

func newHub() *hub { return &hub{viewers: map[*viewer]bool{}} }

func (h *hub) join(v *viewer) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.viewers[v] = true
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.viewers, v)
	}
}

// tell hands something to all viewers that want it. One that is too slow has to load its page anew, as with a
// gap in its list it would show what isn't so.
func (h *hub) tell(event func(*viewer) (sse, bool)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for v := range h.viewers {
		e, ok := event(v)
		if !ok {
			continue
		}
		select {
		case v.to <- e:
		default:
			for len(v.to) > 0 {
				select {
				case <-v.to:
				default: // the page was faster
				}
			}
			v.to <- sse{"reload", nil}
		}
	}
}

// stateEvery is how often the state is looked at for those who see it.
const stateEvery = time.Second

// Run hands on what is taken into the index, until ctx ends. While the index isn't ready its progress is handed on
// each second, afterwards only what changes of its state.
func (c *Console) Run(ctx context.Context) {
	events, cancel := c.o.Index.Subscribe()
	defer cancel()
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	last := index.State{}
	for {
		select {
		case <-ctx.Done():
			return
		case batch := <-events:
			c.hand(batch)
		case <-tick.C:
			if s := c.o.Index.State(); s.Fault != last.Fault || s.Ready != last.Ready || !s.Ready {
				c.live.tell(func(*viewer) (sse, bool) { return sse{"state", c.stateOf(s)}, true })
				last = s
			}
		}
	}
}

// liveState is what a page gets of the index.
type liveState struct {
	Ready bool   `json:"ready"`
	Fault string `json:"fault"`
	Text  string `json:"text"`
}

func (c *Console) stateOf(s index.State) liveState {
	l := liveState{Ready: s.Ready, Text: c.progress(s).Detail}
	if s.Fault != "" {
		l.Fault = sentence(s.Fault)
	}
	return l
}

// liveChange is a change as a list shows it.
type liveChange struct {
	HTML string `json:"html"`
	Key  string `json:"key"`
}

// hand hands a batch to the pages. Nil says that something was missed.
func (c *Console) hand(batch []*history.Event) {
	if batch == nil {
		c.live.tell(func(*viewer) (sse, bool) { return sse{"reload", nil}, true })
		return
	}
	set := make([]*liveChange, len(batch))
	c.live.tell(func(v *viewer) (sse, bool) {
		var out []*liveChange
		for i, ev := range batch {
			if !v.changes || !v.filter.Wants(&ev.Event) {
				continue
			}
			if set[i] == nil {
				set[i] = c.set(ev)
			}
			out = append(out, set[i])
		}
		if len(out) > perPage {
			out = out[len(out)-perPage:]
		}
		return sse{"changes", out}, len(out) > 0
	})
}

func (c *Console) set(ev *history.Event) *liveChange {
	var b bytes.Buffer
	l := lineOf(ev)
	if err := c.pages["changes"].ExecuteTemplate(&b, "line", l); err != nil {
		c.o.Logger.Error("console", "err", err)
	}
	return &liveChange{HTML: b.String(), Key: l.Open}
}

// stream is the live part of a page, as server-sent events. Proxies are told not to buffer it. The server's
// deadlines are for pages; a stream is open as long as its reader is, and has one for each write instead.
func (c *Console) stream(w http.ResponseWriter, r *http.Request) {
	v := &viewer{to: make(chan sse, 32), changes: r.URL.Query().Has("changes")}
	var err error
	if v.filter, err = formOf(r.URL.Query()).filter(time.Now()); err != nil {
		c.fail(w, r, err)
		return
	}
	leave := c.live.join(v)
	defer leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := &streamWriter{w: w, control: http.NewResponseController(w)}
	_ = out.control.SetReadDeadline(time.Time{}) // nothing more is read; recorders of tests have no deadline
	c.follow(r.Context(), v, out)
}

// pingEvery keeps what stands between from taking the stream for dead.
const pingEvery = 15 * time.Second

// follow sends what comes until the reader goes or the process ends: streams would otherwise hold up its shutdown.
func (c *Console) follow(ctx context.Context, v *viewer, out *streamWriter) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	err := out.send(sse{"state", c.stateOf(c.o.Index.State())})
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-c.ctx.Done():
			return
		case e := <-v.to:
			err = out.send(e)
		case <-ping.C:
			err = out.write(": still here\n\n")
		}
	}
}

type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *streamWriter) send(e sse) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", e.Name, data))
}

func (s *streamWriter) write(text string) error {
	_ = s.control.SetWriteDeadline(time.Now().Add(10 * time.Second))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
