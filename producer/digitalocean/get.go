package digitalocean

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Get asks for one record by its id. It returns a page of that record, or a *producer.SourceError: of kind Gone if
// DigitalOcean says that there is none, or shows another one under that name. The page then says when.
func (c *Client) Get(ctx context.Context, r *schema.Resource, id string, body []byte) (diff.Page, error) {
	doing := "get " + r.Name + " " + plain.Cut(id, 100)
	path, own, err := pathOf(r, id, body)
	if err != nil {
		return diff.Page{}, failed(doing + ": " + err.Error())
	}
	if parent, _ := schema.CutID(id); c.regions.of[parent] != "" { // where the parent's listing was
		path = "https://" + c.regions.of[parent] + path
	}
	var buf bytes.Buffer
	names := namesOf(id)
	if name, err := schema.Members(body, "name"); err == nil {
		names = append(names, name...)
	}
	ex, err := c.request(ctx, ask{row: r, names: names, doing: doing, path: path, route: routeByID(r), byID: true}, &buf)
	var page diff.Page
	if ex != nil { // a 404 says when, too: until then the record may have been there
		page.BeganMS, page.EndedMS = ex.beganMS, ex.endedMS
	}
	if err != nil {
		return page, err
	}
	said := doing + ": " + statusText(ex)
	record, got, err := single(r, buf.Bytes(), own)
	if err != nil {
		return diff.Page{}, failed(said + ": the response is not one of " + r.Name + ": " + err.Error())
	}
	if got != own {
		err := fmt.Errorf("%s: its name now belongs to %s", said, plain.Cut(got, 100))
		return page, &producer.SourceError{Kind: producer.Gone, Err: err}
	}
	page.Sum, page.RequestID = xxhash.Sum64(buf.Bytes()), requestID(ex)
	page.Records = one(diff.Record{ID: id, JSON: record})
	return page, nil
}

// namesOf returns an id's segments, as they are in an API's texts.
func namesOf(id string) []string {
	var names []string
	for segment := range strings.SplitSeq(id, "/") {
		if name, err := url.PathUnescape(segment); err == nil {
			names = append(names, name)
		}
	}
	return names
}

func one(r diff.Record) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) { yield(r, nil) }
}

// pathOf fills the row's path of one record, and returns the record's own segment.
func pathOf(r *schema.Resource, id string, body []byte) (path, own string, err error) {
	parent, own := schema.CutID(id)
	path = r.Get
	if path == "" {
		path = r.Path + "/{id}"
	}
	asRow := schema.Resource{Name: r.Name, Path: strings.ReplaceAll(path, "{id}", own)}
	if i := strings.Index(path, "{."); i >= 0 {
		name, _, _ := strings.Cut(path[i+2:], "}")
		values, err := schema.Members(body, name)
		if err != nil {
			return "", "", fmt.Errorf("its path needs the member %s as last published: %w", name, err)
		}
		asRow.Path = strings.ReplaceAll(asRow.Path, "{."+name+"}", url.PathEscape(values[0]))
	}
	path, err = fillPath(&asRow, parent)
	return path, own, err
}

// single finds the record in the response of a GET by id: its first member that is an object, as DigitalOcean wraps
// them, or the response itself. That one must be the record asked for: an error in a 200 has an id, too, and proves
// nothing.
func single(r *schema.Resource, body []byte, own string) (record []byte, got string, err error) {
	if !jsontext.Value(body).IsValid(lenient...) {
		return nil, "", errors.New("it is not JSON")
	}
	if id, err := ownID(r, body, twins{}); err == nil && r.ID != "" {
		if id != own {
			return nil, "", errors.New("it is another one, not wrapped as DigitalOcean does it")
		}
		return body, id, nil
	}
	record, err = wrapped(body)
	if err != nil {
		return nil, "", err
	}
	got, err = ownID(r, record, twins{})
	return record, got, err
}

// wrapped returns the first member of a response that is an object: {"droplet": {…}}.
func wrapped(body []byte) ([]byte, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), lenient...)
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil, errors.New("it is not an object")
	}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return nil, errUnreadable
		}
		name := t.String()
		v, err := d.ReadValue()
		if err != nil {
			return nil, errUnreadable
		}
		if v.Kind() == '{' && name != "links" && name != "meta" {
			return v, nil
		}
	}
	return nil, errors.New("it holds no record")
}
