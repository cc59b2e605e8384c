package producer_test

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"
)

// faultMemory is how much the heap may grow under any fault: some times the largest body that is read.
const faultMemory = 768 << 20

// heapWatch is the most that the heap held, seen from outside of simulated time.
type heapWatch struct{ before, most atomic.Uint64 }

func watchHeap(t *testing.T) *heapWatch {
	w, stop, stopped := &heapWatch{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				w.most.Store(max(w.most.Load(), heapBytes()))
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped })
	return w
}

func (w *heapWatch) begin() {
	runtime.GC()
	w.before.Store(heapBytes())
	w.most.Store(0)
}

func (w *heapWatch) grown() int64 { return int64(w.most.Load()) - int64(w.before.Load()) }

func heapBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
