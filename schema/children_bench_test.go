package schema_test

import (
	"testing"

	"github.com/seachange/seachange/schema"
)

// BenchmarkChildren is asked several times in each sweep.
func BenchmarkChildren(b *testing.B) {
	for b.Loop() {
		schema.Children("droplets")
	}
}
