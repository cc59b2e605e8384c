package config

import (
	"errors"
	"os"
	"testing"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// isFault reports whether an error is one of the settings.
func isFault(err error) bool {
	_, ok := errors.AsType[Error](err)
	return ok
}
