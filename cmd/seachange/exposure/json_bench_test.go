package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"github.com/seachange/seachange/schema"
)

// droplet is a body as DigitalOcean's are, of 2 KB.
func droplet() string {
	sizes := strings.TrimSuffix(strings.Repeat(`"s-1vcpu-1gb","s-2vcpu-4gb","c-4","g-8vcpu-32gb",`, 15), ",")
	return `{"backup_ids":[53893572],"created_at":"2026-07-21T18:37:44Z","disk":25,"features":["backups","monitoring"],` +
		`"id":3164444,"image":{"id":63663980,"distribution":"Ubuntu","name":"24.04 x64","regions":["ams2","nyc1"]},` +
		`"memory":1024,"name":"web-1","networks":{"v4":[{"ip_address":"10.128.192.124","type":"private"},` +
		`{"ip_address":"192.0.2.7","netmask":"255.255.240.0","type":"public"}],"v6":[{"ip_address":"2001:db8::7",` +
		`"netmask":64,"type":"public"}]},"region":{"available":true,"name":"New York 3","sizes":[` + sizes + `],` +
		`"slug":"nyc3"},"size_slug":"s-1vcpu-1gb","status":"active","tags":["web","env:prod"],` +
		`"updated_at":"2026-07-21T18:37:44Z","vpc_uuid":"f9b0769c-e118-42fb-a0c4-fed15ef69662"}`
}

// BenchmarkJSON compares the ways to read a body: the reason why gjson is here, beside jsontext.
func BenchmarkJSON(b *testing.B) {
	body := droplet()
	for _, way := range []struct {
		name string
		read func(string) string
	}{
		{"member/gjson", func(s string) string { return gjson.Get(s, "updated_at").String() }},
		{"member/jsontext", oneMember},
		{"some/gjson", someOf},
		{"some/struct", someDecoded},
		{"values/gjson", func(s string) string {
			var w strings.Builder
			values(&w, gjson.Parse(s))
			return w.String()
		}},
		{"values/jsontext", valuesRead},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if way.read(body) == "" {
					b.Fatal("nothing was read")
				}
			}
		})
	}
}

// TestTheWaysToReadABodyAgree holds the benchmark to the same work.
func TestTheWaysToReadABodyAgree(t *testing.T) {
	body := droplet()
	var w strings.Builder
	values(&w, gjson.Parse(body))
	for name, got := range map[string][2]string{
		"member": {gjson.Get(body, "updated_at").String(), oneMember(body)},
		"some":   {someOf(body), someDecoded(body)},
		"values": {w.String(), valuesRead(body)},
	} {
		if got[0] != got[1] || got[0] == "" {
			t.Errorf("%s: %q and %q", name, got[0], got[1])
		}
	}
}

func oneMember(body string) string {
	v, err := schema.Members([]byte(body), "updated_at")
	if err != nil {
		return ""
	}
	return v[0]
}

// someOf reads what the engine reads of a Droplet.
func someOf(body string) string {
	return fmt.Sprint(gjson.Get(body, "name").String(), texts(gjson.Get(body, "tags")),
		texts(gjson.Get(body, "networks.v4.#.type")), texts(gjson.Get(body, "networks.v6.#.type")))
}

func texts(list gjson.Result) (all []string) {
	for _, v := range list.Array() {
		all = append(all, v.String())
	}
	return all
}

func someDecoded(body string) string {
	type network struct {
		Type string `json:"type"`
	}
	var d struct {
		Name     string   `json:"name"`
		Tags     []string `json:"tags"`
		Networks struct {
			V4 []network `json:"v4"`
			V6 []network `json:"v6"`
		} `json:"networks"`
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		return ""
	}
	types := func(all []network) (t []string) {
		for _, n := range all {
			t = append(t, n.Type)
		}
		return t
	}
	return fmt.Sprint(d.Name, d.Tags, types(d.Networks.V4), types(d.Networks.V6))
}

// values writes each string and number, as the index does.
func values(w *strings.Builder, v gjson.Result) {
	switch {
	case v.IsObject() || v.IsArray():
		v.ForEach(func(_, inner gjson.Result) bool {
			values(w, inner)
			return true
		})
	case v.Type == gjson.String:
		w.WriteString(v.Str + "\n")
	case v.Type == gjson.Number:
		w.WriteString(v.Raw + "\n")
	}
}

func valuesRead(body string) string {
	var w strings.Builder
	d := jsontext.NewDecoder(strings.NewReader(body))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return w.String()
		}
		kind, n := d.StackIndex(d.StackDepth())
		if name := kind == '{' && n%2 == 1; !name && (t.Kind() == '"' || t.Kind() == '0') {
			w.WriteString(t.String() + "\n")
		}
	}
}
