package spaces

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// lists are the elements that may stand several times: an array, also where there is one.
var lists = []string{
	"Bucket", "Grant", "CORSRule", "AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader",
	"Rule", "Transition", "NoncurrentVersionTransition", "Tag",
}

// containers are the elements that hold others, also where they are empty.
var containers = []string{
	"ListAllMyBucketsResult", "Buckets", "VersioningConfiguration", "AccessControlPolicy", "AccessControlList",
	"CORSConfiguration", "LifecycleConfiguration", "Filter",
}

const maxDepth = 50

// fromXML reads what S3 says, whose root must have this name: elements become members with their own names, their texts
// stay texts, and attributes are members, too. What is not known stays in it.
func fromXML(body []byte, root string) (any, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("the response is not an XML %s", root)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != root {
			return nil, fmt.Errorf("the response is not an XML %s", root)
		}
		return element(d, start, 0)
	}
}

func element(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("the response is nested too deep")
	}
	members := map[string]any{}
	for _, a := range start.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			members[a.Name.Local] = a.Value
		}
	}
	var text strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return nil, errors.New("the response's XML is broken")
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			v, err := element(d, t, depth+1)
			if err != nil {
				return nil, err
			}
			add(members, t.Name.Local, v)
		case xml.EndElement:
			if len(members) > 0 || slices.Contains(containers, start.Name.Local) {
				return members, nil
			}
			return strings.TrimSpace(text.String()), nil
		}
	}
}

// add puts a member in. One that comes again makes an array, known to be one or not.
func add(members map[string]any, name string, v any) {
	old, again := members[name]
	switch {
	case again:
		members[name] = append(asList(old), v)
	case slices.Contains(lists, name):
		members[name] = []any{v}
	default:
		members[name] = v
	}
}

func asList(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}
