package main

import "testing"

// hangUp skips the test.
func hangUp(t *testing.T) {
	t.Helper()
	t.Skip("Windows has no SIGHUP")
}
