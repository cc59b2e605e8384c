package digitaloceantest

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// Marker is in every secret of an Example: nothing that leaves seachange may hold it.
const Marker = "SECRET-MARKER-"

// Two files of a line a record: resource, whole id, record. The second one is made from DigitalOcean's own examples.
var (
	//go:embed testdata/example.jsonl
	handmade []byte
	//go:embed testdata/generated.jsonl
	generated []byte
)

// Example makes an account in which every resource of the catalogue has records: four Droplets (one with a GPU), two
// firewalls, a PostgreSQL and a Valkey cluster, a Kubernetes cluster with two pools, and what belongs to them; of all
// else a record or two. It is the same each time. Every secret holds Marker.
func Example(o Options) *Account {
	a := Handmade(o)
	a.load(generated)
	return a
}

// Handmade is the part of Example that fits together as a small account does.
func Handmade(o Options) *Account {
	a := New(o)
	a.load(handmade)
	return a
}

func (a *Account) load(text []byte) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		var line struct {
			Resource, ID string
			Record       json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			panic(fmt.Sprintf("example: %v", err))
		}
		a.Put(line.Resource, line.ID, []byte(line.Record))
	}
	for _, t := range a.tables {
		clear(t.moves)
	}
}

// Fleet makes an account with n Droplets of about 2 KB, each with its own id, names, addresses and dates. The seed
// decides what they are.
func Fleet(o Options, n int, seed uint64) *Account {
	a := New(o)
	rnd := rand.New(rand.NewPCG(seed, 1))
	id := 300_000_000
	for range n {
		id += 1 + rnd.IntN(50)
		a.put("droplets", fmt.Sprint(id), Droplet(id, rnd))
	}
	return a
}

// Droplet is the JSON of a Droplet as the API gives it, about 2 KB, made up at random.
func Droplet(id int, rnd *rand.Rand) []byte {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	region := pick("nyc3", "fra1", "sgp1", "lon1", "sfo3")
	ip := func(net string) string { return fmt.Sprintf("%s.%d.%d", net, rnd.IntN(256), 1+rnd.IntN(254)) }
	created := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rnd.Int64N(int64(4 * 365 * 24 * time.Hour))))
	uuid := func() string {
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", rnd.Uint32(), rnd.IntN(1<<16), rnd.IntN(1<<12), rnd.IntN(1<<12),
			rnd.Int64N(1<<48))
	}
	return fmt.Appendf(nil, dropletText, id, pick("web", "api", "worker", "cache", "ci"), rnd.IntN(10000),
		created.Format(time.RFC3339),
		rnd.IntN(1e9), rnd.IntN(1e9), 100_000_000+rnd.IntN(1e6), uuid(), ip("10.10"), ip("203.0"), ip("203.0"),
		region, region, pick("web", "api"), pick("production", "staging"), rnd.IntN(50), uuid())
}

const dropletText = `{"id":%d,"name":"%s-%04d.example.com","memory":4096,"vcpus":2,"disk":80,"disk_info":[{"type":"local","size":{"amount":80,"unit":"gib"}}],` +
	`"locked":false,"status":"active","kernel":null,"created_at":"%s","features":["backups","monitoring","private_networking","ipv6"],` +
	`"backup_ids":[%d],"next_backup_window":{"start":"2026-11-24T00:00:00Z","end":"2026-11-24T23:00:00Z"},"snapshot_ids":[%d],` +
	`"image":{"id":%d,"name":"24.04 (LTS) x64","distribution":"Ubuntu","slug":"ubuntu-24-04-x64","public":true,` +
	`"regions":["nyc1","nyc3","ams3","sfo2","sfo3","sgp1","lon1","fra1","tor1","blr1","syd1"],"created_at":"2024-05-02T10:11:33Z","min_disk_size":7,` +
	`"type":"base","size_gigabytes":2.36,"description":"Ubuntu 24.04 x64","tags":[],"status":"available"},"volume_ids":["%s"],` +
	`"size":{"slug":"s-2vcpu-4gb","memory":4096,"vcpus":2,"disk":80,"transfer":4.0,"price_monthly":24.0,"price_hourly":0.03571,` +
	`"regions":["ams3","blr1","fra1","lon1","nyc1","nyc3","sfo3","sgp1","syd1","tor1"],"available":true,"description":"Basic",` +
	`"networking_throughput":2000,"disk_info":[{"type":"local","size":{"amount":80,"unit":"gib"}}]},"size_slug":"s-2vcpu-4gb",` +
	`"networks":{"v4":[{"ip_address":"%s","netmask":"255.255.0.0","gateway":"","type":"private"},` +
	`{"ip_address":"%s","netmask":"255.255.240.0","gateway":"%s","type":"public"}],"v6":[]},` +
	`"region":{"name":"Region %s","slug":"%s","features":["backups","ipv6","metadata","install_agent","storage","image_transfer"],"available":true,` +
	`"sizes":["s-1vcpu-1gb","s-1vcpu-2gb","s-2vcpu-2gb","s-2vcpu-4gb","s-4vcpu-8gb","c-2","g-2vcpu-8gb","m-2vcpu-16gb","so-2vcpu-16gb","s-8vcpu-16gb","s-4vcpu-16gb-amd","s-8vcpu-32gb-intel","c-4","c-8","g-4vcpu-16gb","g-8vcpu-32gb","m-4vcpu-32gb","so-4vcpu-32gb","m3-2vcpu-16gb","c2-2vcpu-4gb","gd-2vcpu-8gb"]},` +
	`"tags":["%s","%s","team-%02d"],"vpc_uuid":"%s"}`
