package producer

import "sync"

// mailbox is what others have for an account's goroutine. Whoever puts something in doesn't wait for it.
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

// take returns what came since the last time, in order.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.list
	m.list = nil
	return l
}
