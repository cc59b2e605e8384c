package digitalocean_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/digitalocean/godo"

	"github.com/seachange/seachange/schema"
)

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// rowOf returns the row that a path lists, whatever the parents' ids.
func rowOf(path string) *schema.Resource {
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API == "" && r.Embed == "" && placeholder.ReplaceAllString(r.Path, "1") == path {
			return r
		}
	}
	return nil
}

// readers calls every reading method of godo over a transport, which is told each call's name.
func readers(
	t *testing.T, transport func(method string, req *http.Request) *http.Response,
	result func(method string, out reflect.Value),
) {
	t.Helper()
	var name string
	c := godo.NewClient(&http.Client{
		Transport: roundTrip(func(req *http.Request) (*http.Response, error) { return transport(name, req), nil }),
	})
	services := reflect.ValueOf(c).Elem()
	for i := range services.NumField() {
		f := services.Field(i)
		if !f.CanInterface() || f.Kind() != reflect.Interface || f.IsNil() {
			continue
		}
		for j := range f.NumMethod() {
			m := f.Method(j)
			name = services.Type().Field(i).Name + "." + f.Type().Method(j).Name
			if (!strings.HasPrefix(f.Type().Method(j).Name, "List") && !strings.HasPrefix(f.Type().Method(j).Name, "Get")) ||
				m.Type().NumOut() != 3 {
				continue
			}
			result(name, m.Call(arguments(m.Type()))[0])
		}
	}
}

// arguments are made up: a parent's id is 1, "1", or a list of it.
func arguments(f reflect.Type) []reflect.Value {
	var args []reflect.Value
	for i := range f.NumIn() {
		if f.IsVariadic() && i == f.NumIn()-1 {
			break
		}
		in := f.In(i)
		v := reflect.New(in).Elem()
		switch {
		case in == reflect.TypeFor[context.Context]():
			v = reflect.ValueOf(context.Background())
		case in.Kind() == reflect.Pointer:
			v = reflect.New(in.Elem())
		case in.Kind() == reflect.String:
			v.SetString("1")
		case in.Kind() == reflect.Int:
			v.SetInt(1)
		}
		args = append(args, v)
	}
	return args
}

// elsewhere are roots that godo doesn't read at a path, with the reason.
var elsewhere = map[string]string{
	"AgentPlatform.GetModelByUUID": "it asks the list for one",
}

// What godo finds in a response is where the row looks for it: where DigitalOcean's document and godo differ, both are
// read.
func TestEveryRowReadsWhatGodoReads(t *testing.T) {
	found := map[string]bool{} // by method
	of := map[string]*schema.Resource{}
	for n := range 2 { // each name of a root in turn
		readers(t, func(method string, req *http.Request) *http.Response {
			r := rowOf(req.URL.EscapedPath())
			if of[method] = r; r == nil || r.Items == "" {
				return answer{body: `{}`}.response(req)
			}
			names := strings.Split(r.Items, "|")
			record := map[schema.Kind]string{schema.Single: `{}`, schema.Map: `{"1":{}}`}[r.Kind]
			return answer{body: fmt.Sprintf(`{%q:%s}`, names[min(n, len(names)-1)], cmp.Or(record, `[{}]`))}.response(req)
		}, func(method string, out reflect.Value) {
			empty := out.IsZero() || ((out.Kind() == reflect.Slice || out.Kind() == reflect.Map) && out.Len() == 0)
			found[method] = found[method] || !empty
		})
	}
	rows := map[string]bool{}
	for method, r := range of {
		if r == nil || r.Items == "" || elsewhere[method] != "" {
			continue
		}
		rows[r.Name] = true
		if !found[method] {
			t.Errorf("%s reads nothing of %s at %q", method, r.Name, r.Items)
		}
	}
	if len(rows) < 90 {
		t.Errorf("godo reads %d rows, want at least 90", len(rows))
	}
	t.Logf("%d rows", len(rows))
}
