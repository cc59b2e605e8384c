package digitalocean_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// recorded returns with pages that were recorded, as fast as they can be read.
type recorded map[string]string

func (r recorded) RoundTrip(req *http.Request) (*http.Response, error) {
	return answer{body: r[req.URL.RequestURI()]}.response(req), nil
}

// BenchmarkPages lists 2,000 Droplets. "read" is the reference: the same bodies read into one buffer and not looked at.
// An unchanged listing must come near it, since its pages are hashed and not parsed.
func BenchmarkPages(b *testing.B) {
	pages := recorded{}
	account := digitaloceantest.Fleet(digitaloceantest.Options{}, 2000, 1)
	record := roundTrip(func(req *http.Request) (*http.Response, error) {
		resp, err := account.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		pages[req.URL.RequestURI()] = string(body)
		return answer{body: string(body)}.response(req), err
	})
	droplets := row(b, "droplets")
	unlimited := func(o *digitalocean.Options) { o.PerHour, o.PerMinute = 1<<40, 1<<40 }
	list(b.Context(), client(b, record, unlimited), droplets, "")
	size := int64(0)
	for _, body := range pages {
		size += int64(len(body))
	}
	b.Run("read", func(b *testing.B) {
		b.SetBytes(size)
		var into bytes.Buffer
		for b.Loop() {
			for _, body := range pages {
				into.Reset()
				if _, err := io.Copy(&into, strings.NewReader(body)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	for name, fresh := range map[string]bool{"unchanged": false, "first": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			c := client(b, pages, unlimited)
			for b.Loop() {
				if fresh {
					c = client(b, pages, unlimited)
				}
				for _, err := range c.Pages(b.Context(), droplets, "") {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
