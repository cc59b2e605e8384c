package certify

import (
	"bufio"
	"fmt"
	"net"
	"testing"
	"time"
)

// echo returns each line.
func echo(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestATunnelIsCutSlowedAndMended(t *testing.T) {
	tun, err := newTunnel()
	if err != nil {
		t.Fatal(err)
	}
	defer tun.close()
	broker := echo(t)
	// ask returns how long an answer took.
	ask := func(c net.Conn) (time.Duration, error) {
		began := time.Now()
		_ = c.SetDeadline(began.Add(10 * time.Second))
		fmt.Fprintln(c, "hello")
		_, err := bufio.NewReader(c).ReadString('\n')
		return time.Since(began), err
	}
	dial := func() net.Conn {
		c, err := Through(tun.addr())(t.Context(), "tcp", broker)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	first := dial()
	if _, err := ask(first); err != nil {
		t.Fatal(err)
	}
	tun.slow(100*time.Millisecond, 0)
	if took, err := ask(first); err != nil || took < 100*time.Millisecond {
		t.Errorf("slow: %v after %v", err, took)
	}
	tun.mend()
	tun.slow(0, 60) // bytes a second, of 6
	if took, err := ask(first); err != nil || took < 100*time.Millisecond {
		t.Errorf("slow to the brokers: %v after %v", err, took)
	}
	tun.breakOff()
	for _, c := range []net.Conn{first, dial()} {
		if _, err := ask(c); err == nil {
			t.Error("cut, and it answers")
		}
	}
	tun.mend()
	if took, err := ask(dial()); err != nil {
		t.Errorf("mended: %v after %v", err, took)
	}
}
