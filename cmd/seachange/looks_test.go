package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// From the call of look to the event in its topic, 99 of 100 take 5 s at most: a pipeline waits for it. The API allows
// as many requests as there are looks. SEACHANGE_TEST_LOOKS says how many; 5 by default.
func TestLooksReturnWithinFiveSeconds(t *testing.T) {
	looks, err := strconv.Atoi(os.Getenv("SEACHANGE_TEST_LOOKS"))
	if err != nil {
		looks = 5
	}
	a, variables := serving(t, digitaloceantest.New(digitaloceantest.Options{PerHour: 1_000_000}))
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_LISTEN"] = "account,firewalls", "127.0.0.1:0"
	variables["SEACHANGE_INTERVAL"] = "1h"
	log, stop := start(t, variables, true, "run")
	addr := follow(t, log)(`metrics.* listen=(\S+)`)
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)
	var took []time.Duration
	for i := range looks {
		a.Put("firewalls", "fw-1", fmt.Sprintf(`{"id":"fw-1","name":"change-%d"}`, i))
		began := time.Now()
		must(t, variables, "look", "firewalls")
		took = append(took, time.Since(began))
	}
	told := must(t, variables, "tail", "firewalls", "--since", "1h", "--no-follow", "--output", "json")
	if n := strings.Count(told, `"op":"u"`); n != looks {
		t.Errorf("%d changes are in the topic after %d looks", n, looks)
	}
	slices.Sort(took)
	p99 := took[(len(took)*99-1)/100]
	t.Logf("%d looks: p50 %s, p99 %s, max %s", looks, took[len(took)/2], p99, took[len(took)-1])
	if p99 > 5*time.Second {
		t.Errorf("p99 %s, want 5 s at most", p99)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
