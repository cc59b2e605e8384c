package producer_test

import (
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

func TestSettingsTellWhatMembersMustHaveAlike(t *testing.T) {
	options := func(change func(*producer.Options)) producer.Options {
		o := producer.Options{Prefix: "digitalocean", Accounts: []producer.Account{
			{Name: "prod", Resources: []*schema.Resource{schema.Lookup("droplets"), schema.Lookup("firewalls")}},
			{Name: "test", Resources: []*schema.Resource{schema.Lookup("droplets")}},
		}}
		change(&o)
		return o
	}
	plain := options(func(*producer.Options) {})
	seen := map[string]string{plain.Settings(): "none"}
	for name, change := range map[string]func(*producer.Options){
		"an account":      func(o *producer.Options) { o.Accounts = o.Accounts[:1] },
		"its name":        func(o *producer.Options) { o.Accounts[0].Name = "production" },
		"its team":        func(o *producer.Options) { o.Accounts[0].Expect = "team-1" },
		"a resource":      func(o *producer.Options) { o.Accounts[0].Resources = o.Accounts[0].Resources[:1] },
		"personal data":   func(o *producer.Options) { o.Diff = diff.Options{MaskPII: true} },
		"unknown members": func(o *producer.Options) { o.Diff = diff.Options{MaskUnknown: true} },
		"the mask key":    func(o *producer.Options) { o.Diff = diff.Options{MaskKey: []byte("not-a-real-key-1")} },
		"another key":     func(o *producer.Options) { o.Diff = diff.Options{MaskKey: []byte("not-a-real-key-2")} },
		"the prefix":      func(o *producer.Options) { o.Prefix = "do" },
		"a moved member": func(o *producer.Options) {
			o.Accounts[1].Resources = append(o.Accounts[1].Resources, schema.Lookup("firewalls"))
		},
	} {
		o := options(change)
		if other, ok := seen[o.Settings()]; ok {
			t.Errorf("%s makes no difference beside %s", name, other)
		}
		seen[o.Settings()] = name
	}
	again := options(func(o *producer.Options) { o.Version, o.Share = "v2", 0.5 })
	if again.Settings() != plain.Settings() {
		t.Error("what may differ between members makes a difference")
	}
}
