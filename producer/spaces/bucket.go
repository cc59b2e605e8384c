package spaces

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/minio/minio-go/v7/pkg/s3utils"
	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// aspect is what is asked of each bucket.
type aspect struct {
	member string // of the record, and the query
	root   string // of the XML; "" is JSON
	absent string // S3's word for that there is none; "": there always is
}

func aspects() []aspect {
	return []aspect{
		{"location", "LocationConstraint", ""},
		{"versioning", "VersioningConfiguration", ""},
		{"acl", "AccessControlPolicy", ""},
		{"cors", "CORSConfiguration", "NoSuchCORSConfiguration"},
		{"lifecycle", "LifecycleConfiguration", "NoSuchLifecycleConfiguration"},
		{"policy", "", "NoSuchBucketPolicy"},
	}
}

// atOnce is how many requests are under way at a time.
const atOnce = 8

// bucket is one of a listing, with what was read of it.
type bucket struct {
	region, name string
	record       map[string]any
	unreadable   []string
	gone         bool // since it was listed
	err          error
}

// Pages lists every region's buckets in one page. A region, or a bucket, that can't be read doesn't stop the others:
// the error at the end says that the listing is not whole.
func (c *Client) Pages(ctx context.Context) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		k, err := c.readKey()
		if err != nil {
			yield(diff.Page{}, err)
			return
		}
		page := diff.Page{BeganMS: nowMS()}
		buckets, faults := c.list(ctx, k)
		listed := len(faults) < len(c.opts.Regions)
		c.read(ctx, k, buckets)
		buckets = slices.DeleteFunc(buckets, c.elsewhere)
		for _, b := range buckets {
			if b.err != nil {
				faults = append(faults, b.err)
			}
		}
		page.EndedMS, page.Records = nowMS(), records(buckets)
		if listed && !yield(page, nil) {
			return
		}
		if len(faults) > 0 {
			yield(diff.Page{}, notWhole(faults, listed))
		}
	}
}

// notWhole makes one error of several. Only where nothing at all could be listed it is the key's.
func notWhole(faults []error, listed bool) error {
	e := &producer.SourceError{Kind: producer.Failed, Err: faults[0]}
	first := kindOf(faults[0])
	if !listed && !slices.ContainsFunc(faults, func(err error) bool { return kindOf(err) != first }) {
		e.Kind = first
	}
	if n := len(faults) - 1; n > 0 {
		e.Err = fmt.Errorf("%w; and %d more", faults[0], n)
	}
	return e
}

// list asks each region for its buckets.
func (c *Client) list(ctx context.Context, k key) (all []*bucket, faults []error) {
	perRegion := make([][]*bucket, len(c.opts.Regions))
	errs := make([]error, len(c.opts.Regions))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, region := range c.opts.Regions {
		g.Go(func() error {
			perRegion[i], errs[i] = c.listRegion(ctx, k, region)
			return nil
		})
	}
	_ = g.Wait() // each has its own
	return slices.Concat(perRegion...), slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

// maxPages bounds a listing, whose pages hold up to 10,000 buckets each.
const maxPages = 100

func (c *Client) listRegion(ctx context.Context, k key, region string) (all []*bucket, err error) {
	a := ask{doing: "list spaces_buckets in " + region, region: region}
	for range maxPages {
		body, err := c.get(ctx, k, a)
		var r *refusal
		if errors.As(err, &r) && r.denied() {
			err = fmt.Errorf("%w: the Spaces key may not list the buckets there: give it the right, or leave the region out "+
				"(--spaces-regions)", err)
		}
		if err != nil {
			return nil, err
		}
		v, err := fromXML(body, "ListAllMyBucketsResult")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.doing, err)
		}
		root, _ := v.(map[string]any)
		list, _ := root["Buckets"].(map[string]any)
		for _, entry := range asList(list["Bucket"]) {
			b, err := newBucket(region, entry)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", a.doing, err)
			}
			all = append(all, b)
		}
		next, _ := root["ContinuationToken"].(string)
		if next == "" && root["IsTruncated"] != "true" {
			return all, nil
		}
		if query := "continuation-token=" + url.QueryEscape(next); next != "" && query != a.query {
			a.query = query
			continue
		}
		return nil, fmt.Errorf("%s: there are more, and it doesn't say where", a.doing)
	}
	return nil, fmt.Errorf("%s: the pages don't end", a.doing)
}

// newBucket takes an entry of a listing. What is not known of it stands in the record as it is.
func newBucket(region string, entry any) (*bucket, error) {
	m, _ := entry.(map[string]any)
	name, _ := m["Name"].(string)
	if s3utils.CheckValidBucketName(name) != nil {
		return nil, errors.New("an entry has no name of a bucket")
	}
	record := maps.Clone(m)
	delete(record, "Name")
	delete(record, "CreationDate")
	record["name"], record["region"], record["urn"] = name, region, "do:space:"+name
	if created, ok := m["CreationDate"]; ok {
		record["created_at"] = created
	}
	return &bucket{region: region, name: name, record: record}, nil
}

// read asks for every aspect of every bucket.
func (c *Client) read(ctx context.Context, k key, buckets []*bucket) {
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, b := range buckets {
		var mu sync.Mutex // guards b
		for _, asp := range aspects() {
			g.Go(func() error {
				v, err := c.aspect(ctx, k, b, asp)
				mu.Lock()
				defer mu.Unlock()
				b.take(asp, v, err)
				return nil
			})
		}
	}
	_ = g.Wait() // each bucket has its own
}

// aspect returns an aspect of a bucket, nil if it is known to have none.
func (c *Client) aspect(ctx context.Context, k key, b *bucket, asp aspect) (any, error) {
	a := ask{
		doing: "get " + asp.member + " of spaces_buckets " + b.name + " in " + b.region, region: b.region, bucket: b.name,
		query: asp.member, absent: asp.absent,
	}
	body, err := c.get(ctx, k, a)
	switch {
	case absent(a, err):
		return nil, nil
	case err != nil:
		return nil, err
	case asp.root != "":
		v, err := fromXML(body, asp.root)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.doing, err)
		}
		return v, nil
	}
	v, err := policy(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.doing, err)
	}
	return v, nil
}

// policy reads a bucket's policy. One statement may stand without its list.
func policy(body []byte) (any, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return nil, nil
	}
	var m map[string]jsontext.Value
	if json.Unmarshal(body, &m) != nil {
		return nil, errors.New("the response is not a policy")
	}
	if s := m["Statement"]; s.Kind() == '{' {
		m["Statement"] = slices.Concat(jsontext.Value("["), s, jsontext.Value("]"))
	}
	return m, nil
}

// take notes an aspect.
func (b *bucket) take(asp aspect, v any, err error) {
	var r *refusal
	switch {
	case err == nil:
		b.record[asp.member] = v
	case errors.As(err, &r) && r.denied():
		b.unreadable = append(b.unreadable, asp.member)
	case errors.As(err, &r) && r.kind() == producer.Gone:
		b.gone = true
	case b.err == nil:
		b.err = err
	}
}

// elsewhere reports whether the bucket is another region's, where both are looked into: an endpoint may list more than
// its own.
func (c *Client) elsewhere(b *bucket) bool {
	location, _ := b.record["location"].(string)
	return location != b.region && slices.Contains(c.opts.Regions, location)
}

// records yields the buckets that were read. One that went meanwhile is missing, and so is one that could not be read,
// whose error stands at the end of the listing.
func records(buckets []*bucket) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		for _, b := range buckets {
			if b.gone || b.err != nil {
				continue
			}
			text, err := json.Marshal(b.record, json.Deterministic(true))
			if err != nil {
				err = fmt.Errorf("spaces_buckets %s in %s: %w", b.name, b.region, err)
			}
			slices.Sort(b.unreadable)
			if !yield(diff.Record{ID: schema.Segment(b.region, b.name), JSON: text, Unreadable: b.unreadable}, err) {
				return
			}
		}
	}
}

// Get asks whether a bucket is there, by its location. It returns nothing of it: the listing alone decides what it is.
// An error of kind Gone means that S3 knows no such bucket.
func (c *Client) Get(ctx context.Context, id string) (diff.Page, error) {
	region, name, _ := strings.Cut(id, "+")
	page := diff.Page{BeganMS: nowMS(), EndedMS: nowMS(), Records: records(nil)}
	if !isRegion(region) || s3utils.CheckValidBucketName(name) != nil {
		return page, &producer.SourceError{
			Kind: producer.Failed,
			Err:  fmt.Errorf("get spaces_buckets: %q is not a bucket's id", id),
		}
	}
	k, err := c.readKey()
	if err != nil {
		return page, err
	}
	_, err = c.get(ctx, k, ask{
		doing: "get spaces_buckets " + name + " in " + region, region: region, bucket: name,
		query: "location",
	})
	page.EndedMS = nowMS()
	if err == nil {
		return page, nil
	}
	return page, &producer.SourceError{Kind: kindOf(err), Err: err}
}
