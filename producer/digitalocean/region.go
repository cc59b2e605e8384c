package digitalocean

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// apiHost serves the default region, and api-<region>.digitalocean.com another one.
const apiHost = "api.digitalocean.com"

// regionSlugs are DigitalOcean's regions. The token goes to the hosts of these and to no other: a region that an answer
// names and that isn't here is told, and its things are not read.
var regionSlugs = []string{
	"ams2", "ams3", "atl1", "blr1", "fra1", "lon1", "mem1", "nyc1", "nyc2", "nyc3", "ric1", "sfo1", "sfo2", "sfo3", "sgp1",
	"syd1", "tor1",
}

func hostOf(region string) string { return "api-" + region + ".digitalocean.com" }

// isRegional reports whether a host is one of DigitalOcean's regional ones.
func isRegional(host string) bool {
	return slices.ContainsFunc(regionSlugs, func(slug string) bool { return hostOf(slug) == host })
}

const (
	regionsPath = "/v2/harness-runtime/regions"
	// regionsHold is how long the list of an account's regions holds.
	regionsHold = time.Hour
)

// regions are the hosts beside the API's own that an account's regional things are at.
type regions struct {
	hosts   []string
	unknown error // a region that no host is known of: what is there can't be read
	asked   time.Time
	of      map[string]string // the host that a parent was found at
}

// hosts returns the hosts that a row is listed at: "" is the API's own. An error says that there are others, which
// can't be asked.
func (c *Client) hosts(ctx context.Context, r *schema.Resource) ([]string, error) {
	if !r.Regional || c.base.Host != apiHost {
		return []string{""}, nil
	}
	if c.regions.asked.IsZero() || time.Since(c.regions.asked) > regionsHold {
		if err := c.askRegions(ctx, r); err != nil {
			return []string{""}, err
		}
	}
	return append([]string{""}, c.regions.hosts...), c.regions.unknown
}

// askRegions reads which regions the account may use. An account that has no such list is at the API's own host only.
func (c *Client) askRegions(ctx context.Context, r *schema.Resource) error {
	var buf bytes.Buffer
	a := ask{
		row: r, doing: "list the regions of " + r.Name, path: regionsPath, route: route{name: regionsPath}, child: true,
	}
	_, err := c.request(ctx, a, &buf)
	found := regions{asked: time.Now(), of: map[string]string{}}
	if isGone(err) {
		c.regions = found
		return nil
	} else if err != nil {
		return err
	}
	var said struct {
		Regions []struct {
			Slug    string `json:"slug"`
			Default bool   `json:"is_default"`
		} `json:"regions"`
	}
	if json.Unmarshal(buf.Bytes(), &said, lenientAll) != nil || len(said.Regions) == 0 {
		return failed(a.doing + ": the answer is not a list of regions")
	}
	for _, region := range said.Regions {
		switch host := hostOf(region.Slug); {
		case region.Default:
		case isRegional(host):
			found.hosts = append(found.hosts, host)
		default:
			found.unknown = failed(fmt.Sprintf("%s: no host of the region %q is known, and the token goes to no other: "+
				"what is there is not read", a.doing, plain.Cut(region.Slug, 30)))
		}
	}
	c.regions = found
	return nil
}

func isGone(err error) bool {
	se, ok := errors.AsType[*producer.SourceError](err)
	return ok && se.Kind == producer.Gone
}

// everywhere lists a regional row at each of its hosts. The children of a record are where the record is.
func (l *listing) everywhere(ctx context.Context) {
	hosts, lacks := l.client.hosts(ctx, l.row)
	if l.parent != "" {
		l.somewhere(ctx, hosts, lacks)
		return
	}
	for _, l.host = range hosts {
		if !l.queries(ctx) {
			return
		}
	}
	l.end(lacks)
}

// somewhere lists the children of a record at the first host that knows it.
func (l *listing) somewhere(ctx context.Context, hosts []string, lacks error) {
	if at, known := l.client.regions.of[l.parent]; known && slices.Contains(hosts, at) {
		hosts = append([]string{at}, slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return h == at })...)
	}
	for i, host := range hosts {
		l.host, l.elsewhere, l.missed = host, i+1 < len(hosts) || lacks != nil, false
		if !l.queries(ctx) {
			return
		}
		if !l.missed {
			if l.client.regions.of != nil {
				l.client.regions.of[l.parent] = host
			}
			l.end(nil)
			return
		}
	}
	l.end(lacks)
}

// queries walks the row's queries at one host, and reports whether the listing goes on.
func (l *listing) queries(ctx context.Context) bool {
	for _, query := range l.halves {
		if !l.walk(ctx, query) {
			return false
		}
		if l.missed {
			break
		}
	}
	return true
}

// end yields why the listing is not whole, if it isn't.
func (l *listing) end(lacks error) {
	if err := l.incomplete(); err != nil {
		lacks = err
	}
	if lacks != nil {
		l.yield(l.last, lacks)
	}
}
