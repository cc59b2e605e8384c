package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

const demo = `A simulated DigitalOcean account.

1. Initial snapshot
  account 1, actions 3, addon_resources 1,
  vpcs 2
  160 records of 90 resources

2. An operator opens port 22 of the firewall "web" & more
  2026-11-30T04:44:52Z updated  demo firewalls web (412846bd-f768-5f31-adc9-16fb3fdc4ea8): added: tcp <22>

What to do next
  never drawn
`

func TestPictureShowsTheScenes(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(demo), &out); err != nil {
		t.Fatal(err)
	}
	text := characters(t, out.String())
	for _, want := range []string{"1. Initial snapshot", "160 records", `"web" & more`, "(412846bd…): added: tcp <22>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture lacks %q:\n%s", want, text)
		}
	}
	for _, not := range []string{"A simulated", "addon_resources", "vpcs", "never drawn", "f768"} {
		if strings.Contains(text, not) {
			t.Errorf("the picture shows %q:\n%s", not, text)
		}
	}
}

// characters returns the text of a document, which must be well formed.
func characters(t *testing.T, doc string) string {
	t.Helper()
	var all strings.Builder
	for d := xml.NewDecoder(strings.NewReader(doc)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all.String()
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
		if c, ok := token.(xml.CharData); ok {
			all.Write(c)
		}
	}
}
