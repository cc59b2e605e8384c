package embedded

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// partition is one of a topic's.
type partition struct {
	topic  string
	number int32
}

// name is its directory's.
func (p partition) name() string { return fmt.Sprintf("%s-%d", url.PathEscape(p.topic), p.number) }

func parsePartition(name string) (p partition, ok bool) {
	at := strings.LastIndexByte(name, '-')
	if at < 0 {
		return p, false
	}
	topic, err := url.PathUnescape(name[:at])
	n, err2 := strconv.ParseInt(name[at+1:], 10, 32)
	return partition{topic, int32(n)}, err == nil && err2 == nil
}

func partitionsDir(logDir string) string { return filepath.Join(logDir, "partitions") }

func partitionDir(logDir, topic string, number int32) string {
	return filepath.Join(partitionsDir(logDir), partition{topic, number}.name())
}

// partitionsOf are those that have a directory.
func partitionsOf(logDir string) ([]partition, error) {
	files, err := os.ReadDir(partitionsDir(logDir))
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var all []partition
	for _, f := range files {
		if p, ok := parsePartition(f.Name()); ok && f.IsDir() {
			all = append(all, p)
		}
	}
	return all, nil
}
