package embedded

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/internal/cputime"
)

// BenchmarkCheck checks a data directory as each start does, 1 GiB of it (SEACHANGE_TEST_CHECK_MIB: another size), and
// tells the speed by the CPU time that it takes. Batches are 20 KB, as a shard's commits are.
func BenchmarkCheck(b *testing.B) {
	mib, _ := strconv.Atoi(os.Getenv("SEACHANGE_TEST_CHECK_MIB"))
	if mib == 0 {
		mib = 1024
	}
	dir := b.TempDir()
	size := fill(b, dir, int64(mib)<<20)
	b.SetBytes(size)
	var spent time.Duration
	for b.Loop() {
		before := cputime.Spent()
		st, err := examine(dir, slog.New(slog.DiscardHandler))
		if err != nil || len(st.damages) > 0 || len(st.inspections) != 8 {
			b.Fatal(err, st)
		}
		spent += cputime.Spent() - before
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/spent.Seconds(), "MB/cpu-s")
}

// fill makes a log of eight topics.
func fill(b *testing.B, dir string, size int64) (written int64) {
	b.Helper()
	noise := make([]byte, 20_000)
	random := rand.NewChaCha8([32]byte{})
	_, _ = random.Read(noise)
	topics := `{"version":1,"topics":[`
	for n := range 8 {
		p := partition{fmt.Sprintf("digitalocean.topic%d", n), 0}
		topics += fmt.Sprintf(`{"name":%q,"partitions":1},`, p.topic)
		folder := filepath.Join(dir, "log", "partitions", p.name())
		if err := os.MkdirAll(folder, 0o700); err != nil {
			b.Fatal(err)
		}
		var data bytes.Buffer
		for offset := int64(0); int64(data.Len()) < size/8; offset += 20 {
			batch := checksummed(kmsg.RecordBatch{
				FirstOffset: offset, LastOffsetDelta: 19, Magic: 2, ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
				NumRecords: 20, Records: noise,
			})
			data.Write(batch.AppendTo(nil))
		}
		written += int64(data.Len())
		if err := os.WriteFile(filepath.Join(folder, "0.dat"), data.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	topics = topics[:len(topics)-1] + `]}`
	for name, text := range map[string]string{topicsFile: topics, metaFile: `{"version":1}`} {
		if err := os.WriteFile(filepath.Join(dir, "log", name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return written
}
