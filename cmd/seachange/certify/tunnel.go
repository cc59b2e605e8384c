package certify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// tunnel is a process's way to the brokers, wherever these say they are: it is cut, made slow, and mended. A connection
// begins with a line that says where it leads to; what comes next, TLS or not, is passed on.
type tunnel struct {
	listener net.Listener

	mu      sync.Mutex
	conns   map[net.Conn]bool // of both sides
	cut     bool              // nothing passes, and no connection can be made
	latency time.Duration     // of what comes from the brokers
	rate    int               // bytes per second to the brokers; 0: as fast as can be
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	return (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", addr)
}

func newTunnel() (*tunnel, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tunnel{listener: l, conns: map[net.Conn]bool{}}
	go t.accept()
	return t, nil
}

// Through returns what dials brokers through the tunnel at an address.
func Through(addr string) func(ctx context.Context, network, host string) (net.Conn, error) {
	return func(ctx context.Context, _, host string) (net.Conn, error) {
		c, err := dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintln(c, host); err != nil {
			return nil, errors.Join(err, c.Close())
		}
		return c, nil
	}
}

func (t *tunnel) addr() string { return t.listener.Addr().String() }

func (t *tunnel) accept() {
	for {
		c, err := t.listener.Accept()
		if err != nil {
			return
		}
		go t.pass(c)
	}
}

// keep keeps a connection, which is closed at once while the tunnel is cut.
func (t *tunnel) keep(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut {
		_ = c.Close()
		return false
	}
	t.conns[c] = true
	return true
}

func (t *tunnel) drop(c net.Conn) {
	_ = c.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, c)
}

func (t *tunnel) pass(near net.Conn) {
	if !t.keep(near) {
		return
	}
	defer t.drop(near)
	from := bufio.NewReader(near)
	host, err := from.ReadString('\n')
	if err != nil {
		return
	}
	far, err := dial(context.Background(), strings.TrimSpace(host))
	if err != nil || !t.keep(far) {
		return
	}
	defer t.drop(far)
	var up sync.WaitGroup
	up.Go(func() {
		t.copy(far, from, 4<<10, func(n int) time.Duration {
			if t.rate == 0 {
				return 0
			}
			return time.Duration(n) * time.Second / time.Duration(t.rate)
		})
		_ = near.Close()
	})
	t.copy(near, far, 1<<20, func(int) time.Duration { return t.latency })
	_ = far.Close()
	up.Wait()
}

// copy passes on what comes, each piece of up to size bytes after a delay. Where mend must not wait for a piece, it is
// small.
func (t *tunnel) copy(to io.Writer, from io.Reader, size int, delay func(bytes int) time.Duration) {
	piece := make([]byte, size)
	for {
		n, err := from.Read(piece)
		t.mu.Lock()
		wait := delay(n)
		t.mu.Unlock()
		if wait > 0 {
			time.Sleep(wait)
		}
		if _, failed := to.Write(piece[:n]); failed != nil || err != nil {
			return
		}
	}
}

// breakOff breaks all connections; none can be made until mend.
func (t *tunnel) breakOff() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut = true
	for c := range t.conns {
		_ = c.Close()
	}
}

// slow makes what comes late, until mend, and what is sent slow, unless the rate is 0.
func (t *tunnel) slow(latency time.Duration, bytesPerSecond int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.latency, t.rate = latency, bytesPerSecond
}

func (t *tunnel) mend() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut, t.latency, t.rate = false, 0, 0
}

func (t *tunnel) close() {
	_ = t.listener.Close()
	t.breakOff()
}
