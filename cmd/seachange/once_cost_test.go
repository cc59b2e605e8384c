package main

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// The fewest requests that show an account of 1,000 Droplets, 200 firewalls and 100 zones of 20 records:
//
//	droplets           5   1,000 at 200 a page, the most that DigitalOcean allows
//	GPU droplets       1   they are in a listing of their own, here an empty one
//	firewalls          1   200 at 200 a page
//	domains            1   100 at 200 a page
//	domain_records   100   a listing a zone
//	account            1
//	the others        68   a listing each, here an empty one: all of the top level that is on by default; without parents
//	                       there is nothing to ask of their children
const fewest = 5 + 1 + 1 + 1 + 100 + 1 + 68

// No zone file has moved in a second pass soon after, so no zone's records are read.
const fewestAgain = fewest - 100

func TestAPassCostsLittleMoreThanTheFewestRequests(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_ONLY")
	a := digitaloceantest.New(digitaloceantest.Options{PerHour: 1_000_000})
	fill(a)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	variables["SEACHANGE_API_URL"] = srv.URL

	for pass, fewest := range []int{fewest, fewestAgain} {
		before := a.Count("")
		if out, log, err := call(t, variables, "run", "--once"); err != nil {
			t.Fatalf("%v\n%s%s", err, out, log)
		}
		got := a.Count("") - before
		t.Logf("%s pass: %d requests, %.3f of the fewest", []string{"first", "second"}[pass], got,
			float64(got)/float64(fewest))
		if got < fewest || got > fewest*12/10 {
			t.Errorf("pass %d: %d requests, want at least %d and at most 1.2 times as many", pass+1, got, fewest)
		}
	}
}

func fill(a *digitaloceantest.Account) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 1000 {
		a.Put("droplets", fmt.Sprint(300_000_000+n), digitaloceantest.Droplet(300_000_000+n, rnd))
	}
	for n := range 200 {
		a.Put("firewalls", fmt.Sprint("fw-", n), fmt.Sprintf(`{"id":"fw-%d","name":"web-%d","status":"succeeded","inbound_rules":[],"outbound_rules":[]}`, n, n))
	}
	for n := range 100 {
		zone := fmt.Sprintf("zone-%d.example.com", n)
		a.Put("domains", zone, fmt.Sprintf(`{"name":%[1]q,"ttl":1800,"zone_file":"$ORIGIN %[1]s."}`, zone))
		for id := range 20 {
			id += 100*n + 1
			a.Put("domain_records", fmt.Sprint(zone, "/", id), fmt.Sprintf(`{"id":%d,"type":"A","name":"www-%d","data":"203.0.113.7","ttl":1800}`, id, id))
		}
	}
}
