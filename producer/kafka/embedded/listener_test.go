package embedded_test

import (
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"
)

// A request that says it is huge, or that isn't Kafka's at all, costs its connection and no memory.
func TestARequestThatIsTooLargeCostsNoMemory(t *testing.T) {
	b := start(t, "")
	huge := binary.BigEndian.AppendUint32(nil, 1<<31-1)
	for name, request := range map[string][]byte{
		"a huge size": huge,
		"HTTP":        []byte("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c, err := net.Dial("tcp", b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			if n, err := c.Read(make([]byte, 1)); err == nil {
				t.Errorf("an answer of %d bytes, want the connection closed", n)
			} else if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
				t.Errorf("%v, want the connection closed", err)
			}
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<20 {
				t.Errorf("%d MiB were taken for it", spent>>20)
			}
		})
	}
	if err := makeTopics(t.Context(), b.Addr()); err != nil { // others are served
		t.Fatal(err)
	}
}
