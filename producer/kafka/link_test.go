package kafka_test

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// link is a process's network, which a test cuts or freezes.
type link struct {
	dial func(ctx context.Context, network, host string) (net.Conn, error)

	mu    sync.Mutex
	conns map[net.Conn]bool
	cut   bool
	thaw  chan struct{} // closed: it isn't frozen
}

func newLink(dial func(ctx context.Context, network, host string) (net.Conn, error)) *link {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	l := &link{dial: dial, conns: map[net.Conn]bool{}, thaw: make(chan struct{})}
	close(l.thaw)
	return l
}

// Cut ends all connections and lets none begin: the process is killed, or its network is.
func (l *link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.reset()
}

// Mend undoes Cut.
func (l *link) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = false
}

// Reset ends all connections.
func (l *link) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reset()
}

func (l *link) reset() {
	for c := range l.conns {
		c.Close()
	}
}

// Freeze stops everything that goes out or comes in, without an error: the process sleeps. The function undoes it.
func (l *link) Freeze() (thaw func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.thaw:
	default:
		return func() {} // it is frozen: the first to freeze it thaws it
	}
	frozen := make(chan struct{})
	l.thaw = frozen
	return sync.OnceFunc(func() { close(frozen) })
}

func (l *link) awake() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.thaw
}

// Dial is a kafka.Client's Dialer.
func (l *link) Dial(ctx context.Context, network, host string) (net.Conn, error) {
	<-l.awake()
	l.mu.Lock()
	cut := l.cut
	l.mu.Unlock()
	if cut {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	c, err := l.dial(ctx, network, host)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	return linked{c, l}, nil
}

type linked struct {
	net.Conn
	link *link
}

func (c linked) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	<-c.link.awake()
	return n, err
}

func (c linked) Write(b []byte) (int, error) {
	<-c.link.awake()
	return c.Conn.Write(b)
}

func (c linked) Close() error {
	c.link.mu.Lock()
	delete(c.link.conns, c.Conn)
	c.link.mu.Unlock()
	return c.Conn.Close()
}
