// Command simulated serves a small simulated account, for scripts that try an installed seachange: it prints the token
// and the address, and serves until it is ended.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

func main() {
	a := digitaloceantest.New(digitaloceantest.Options{})
	a.Put("firewalls", "fw-1", `{"id":"fw-1","name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z",`+
		`"pending_changes":[],"droplet_ids":[],"tags":[],"inbound_rules":[],"outbound_rules":[]}`)
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // until it is ended
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(digitaloceantest.Token, "http://"+l.Addr().String())
	srv := &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, srv.Serve(l))
}
