package producer_test

import (
	"os"
	"runtime"
	"runtime/pprof"
)

func dumpHeap(path string) {
	if path == "" {
		return
	}
	runtime.GC()
	runtime.GC()
	f, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	if err := pprof.Lookup("heap").WriteTo(f, 0); err != nil {
		panic(err)
	}
}
