package config

import (
	"strings"
	"testing"
)

// Whatever stands in the file, reading it ends in settings or in one line, which shows nothing of a value.
func FuzzConfig(f *testing.F) {
	const secret = "dop_v1_obviously-fake"
	for _, s := range []string{
		"brokers: [a:1, b:2]\ntls: {enabled: true, ca_file: x}\naccounts:\n- name: a\n  token_env: A\n", "", "interval: 1d\n",
		"a: b: c", "---\n---\n",
		"token: " + secret, "accounts: {}", "accounts:\n- " + secret, "brokers: " + secret + "\nbrokers: x", "tls: " + secret,
		"? [", "&a [*a]", "shards: " + secret,
		"a: &a [1,1]\nb: &b [*a,*a]\nbrokers: [*b,*b]", "\xff", "max_age: [firewalls=30s]\nbudget: 80%",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(strings.NewReader(text))
		switch {
		case err == nil && s == nil:
			t.Error("neither settings nor an error")
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Errorf("an error of several lines: %q", err)
		case err != nil && strings.Contains(err.Error(), secret):
			t.Errorf("the error shows what stands in the file: %q", err)
		}
	})
}
