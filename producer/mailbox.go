package producer

import "sync"

// mailbox is an unbounded queue into an account's goroutine. put never blocks, since it is called where nothing may
// wait for a sweep to end: from the Log's commits, and from the loop that serves all accounts of a shard. What is in it
// is bounded by what was asked for: a commit, or a request of an operator's.
type mailbox[T any] struct {
	mu    sync.Mutex
	list  []T
	ready chan struct{} // capacity 1: something is in list
}

func newMailbox[T any]() *mailbox[T] { return &mailbox[T]{ready: make(chan struct{}, 1)} }

func (m *mailbox[T]) put(v T) {
	m.mu.Lock()
	m.list = append(m.list, v)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// take returns what came since the last time, in order. ready may still hold a signal of what was taken: a wait then
// ends once for nothing.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.list
	m.list = nil
	return l
}
