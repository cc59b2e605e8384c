package strictyaml_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/strictyaml"
)

type item struct {
	Name string `yaml:"name"`
}

type settings struct {
	Name string `yaml:"name"`
	N    int    `yaml:"n"`
	List []item `yaml:"list"`
}

func TestDecode(t *testing.T) {
	for text, want := range map[string]settings{"": {}, "# nothing\n": {}, "name: a\nn: 3\n": {Name: "a", N: 3}} {
		var got settings
		if err := strictyaml.Decode([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

// A small text of many lists within one another cost gigabytes.
func TestNestingIsBoundedBeforeItCosts(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("[", 1_000_000), "name: a\nlist: " + strings.Repeat("{a: ", 100_000),
		"list:\n  " + strings.Repeat("- ", 100_000),
	} {
		if err := strictyaml.Decode([]byte(text), &settings{}); err == nil ||
			!strings.Contains(err.Error(), "more than 64 lists or maps") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if err := strictyaml.Decode([]byte("# "+strings.Repeat("-", 60)+"\nname: '[{[{'\nlist: [{name: a}, {name: b}]\n"),
		&settings{}); err != nil {
		t.Error(err)
	}
}

func TestFaultsAreOneLineWithTheirPlaceAndNoExcerpt(t *testing.T) {
	const secret = "obviously-fake"
	for text, want := range map[string]string{
		"name: a\nm: " + secret:   `line 2, column 1: unknown field "m"`,
		"name: a\nn: " + secret:   "line 2, column 4: n: cannot unmarshal string as int",
		"name: a\n---\nname: b\n": "more than one document",
		// The parser panics on this: found by FuzzConfig.
		"list: !000000000 000000000000000000000000\n00000008:0000000: 0\nA: 00": "this can't be read as YAML",
	} {
		err := strictyaml.Decode([]byte(text), &settings{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q: the error quotes the text, or has several lines: %v", text, err)
		}
	}
}
