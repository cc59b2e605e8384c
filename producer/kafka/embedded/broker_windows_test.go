package embedded_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Windows replaces no file that is open, and kfake does: nothing is begun there that would end in the middle.
func TestADirectoryIsRefusedOnWindows(t *testing.T) {
	_, err := embedded.Start(embedded.Options{Dir: "never-made"})
	if err == nil || !strings.Contains(err.Error(), "--brokers HOST:PORT") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}
