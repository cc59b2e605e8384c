package diff_test

import (
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/schema"
)

// BenchmarkCompileTheCatalogue is what a start spends on the rules of every resource. It is to stay below 10 ms.
func BenchmarkCompileTheCatalogue(b *testing.B) {
	began := cputime.Spent()
	defer func() { b.ReportMetric((cputime.Spent()-began).Seconds()*1000/float64(b.N), "CPU-ms/start") }()
	for b.Loop() {
		for i := range schema.Catalog {
			if _, err := diff.Compile(&schema.Catalog[i], diff.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
