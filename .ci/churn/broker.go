package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// broker is an Apache Kafka.
type broker struct {
	dir, addr string
}

func startBroker(ctx context.Context, dir string) (*broker, error) {
	b := &broker{dir: filepath.Join(dir, "kafka")}
	said, err := b.script(ctx, "start", b.dir, "0")
	b.addr = strings.TrimSpace(said)
	return b, err
}

// again kills it as kill -9 does, and starts it again after a while.
func (b *broker) again(ctx context.Context, wait time.Duration) error {
	if _, err := b.script(ctx, "kill", b.dir); err != nil {
		return err
	}
	client.Sleep(ctx, wait)
	_, port, _ := strings.Cut(b.addr, ":")
	_, err := b.script(ctx, "start", b.dir, port)
	return err
}

func (b *broker) stop() {
	if _, err := b.script(context.Background(), "stop", b.dir); err != nil {
		log.Print(err)
	}
}

// script returns what the script said: what is below it is the broker's too, so that a pipe would never end.
func (b *broker) script(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(".ci", "kafka", "kafka"), args...)
	cmd.Env = append(os.Environ(), "KAFKA_HEAP=768m")
	file := filepath.Join(filepath.Dir(b.dir), "kafka-script.")
	out, err := os.Create(file + "out")
	if err != nil {
		return "", err
	}
	defer out.Close() //nolint:errcheck // it is read back below
	log, err := os.Create(file + "log")
	if err != nil {
		return "", err
	}
	defer log.Close() //nolint:errcheck // a log
	cmd.Stdout, cmd.Stderr = out, log
	failed := cmd.Run()
	said, err := os.ReadFile(out.Name())
	if failed != nil {
		why, _ := os.ReadFile(log.Name())
		return "", fmt.Errorf("kafka %s: %w: %s", args[0], failed, why)
	}
	return string(said), err
}
