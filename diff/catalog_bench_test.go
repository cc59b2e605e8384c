package diff_test

import (
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// BenchmarkCompileTheCatalogue is what a start spends on the rules of every resource. The bound is 50 ms.
func BenchmarkCompileTheCatalogue(b *testing.B) {
	defer func() { b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/start") }()
	for b.Loop() {
		for i := range schema.Catalog {
			if _, err := diff.Compile(&schema.Catalog[i], diff.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
