//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
)

// hangUp tells this process to read its settings again.
func hangUp(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}
