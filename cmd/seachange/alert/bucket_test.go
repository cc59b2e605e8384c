package alert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
	"github.com/seachange/seachange/schema"
)

// bucket is the body of a bucket as seachange publishes it, of what S3 says.
func bucket(t *testing.T, b spacestest.Bucket) (body string) {
	t.Helper()
	store := spacestest.New()
	store.Put("fra1", "pictures", b)
	c, err := spaces.New(spaces.Options{Key: spacestest.Key, Transport: store})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := diff.Compile(schema.Lookup("spaces_buckets"), diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for page, err := range c.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range page.Records {
			form, err2 := rules.Form(r.JSON)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			body = string(form.Body)
		}
	}
	return body
}

func policy(statement string) spacestest.Bucket {
	return spacestest.Bucket{Policy: `{"Version":"2012-10-17","Statement":` + statement + `}`}
}

func TestABucketThatBecomesPublicIsTold(t *testing.T) {
	private := spacestest.Bucket{}
	open := spacestest.Bucket{ACL: spacestest.PublicRead}
	all := strings.ReplaceAll(spacestest.PublicRead, "AllUsers", "AuthenticatedUsers")
	conditioned := policy(`[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}]`)
	freed := policy(`[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"}]`)
	for _, tt := range []struct {
		name          string
		before, after *spacestest.Bucket // nil: there is none
		want          bool
	}{
		{"by its ACL", &private, &open, true},
		{"made open", nil, &open, true},
		{"for every user of Spaces", &private, &spacestest.Bucket{ACL: all}, true},
		{"from every user to everyone", &spacestest.Bucket{ACL: all}, &open, true},
		{
			"for writing, too", &open, &spacestest.Bucket{ACL: strings.Replace(spacestest.PublicRead, "READ", "WRITE", 1)},
			true,
		},
		{"still open", &open, &spacestest.Bucket{ACL: spacestest.PublicRead, Versioning: spacestest.Versioned}, false},
		{
			"in another order", &open, &spacestest.Bucket{ACL: spacestest.PublicReadTurned, Versioning: spacestest.Versioned},
			false,
		},
		{"closed", &open, &private, false},
		{"made private", nil, &private, false},
		{"deleted", &open, nil, false},
		{"by its policy", &private, &spacestest.Bucket{Policy: spacestest.PublicPolicy}, true},
		{"by a policy for one", &private, &spacestest.Bucket{Policy: spacestest.PrivatePolicy}, false},
		{
			"from one to everyone", &spacestest.Bucket{Policy: spacestest.PrivatePolicy},
			&spacestest.Bucket{Policy: spacestest.PublicPolicy}, true,
		},
		{"by AWS: *", &private, new(policy(`{"Effect":"Allow","Principal":{"AWS":["1","*"]},"Action":["s3:GetObject"],"Resource":["r"]}`)), true},
		{"by what is only denied to one", &private, new(policy(`{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":"s3:*","Resource":"r"}`)), true},
		{"by what is denied again", &private, new(policy(`[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]`)), false},
		{"denied to everyone", &private, new(policy(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"r"}`)), false},
		{"under a condition", &private, new(policy(`[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"StringLike":{"aws:Referer":"x"}}}]`)), true},
		{"without it any more", &conditioned, &freed, true},
		{"under one now", &freed, &conditioned, false},
		{"to every user, of everyone", &open, &spacestest.Bucket{ACL: all}, false},
		{"more actions", &freed, new(policy(`[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"r"}]`)), true},
		{"all but", &freed, new(policy(`[{"Effect":"Allow","Principal":"*","NotAction":"s3:PutObject","Resource":"r"}]`)), true},
		{"a larger part of it", &freed, new(policy(`[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":["r","s"]}]`)), true},
		{"fewer actions", new(policy(`[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:PutObject"],"Resource":"r"}]`)), &freed, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before, after string
			op := schema.Updated
			if tt.before != nil {
				before = bucket(t, *tt.before)
			} else {
				op = schema.Created
			}
			if tt.after != nil {
				after = bucket(t, *tt.after)
			} else {
				op = schema.Deleted
			}
			in := event(t, "spaces_buckets", op, before, after)
			j := parse(t, string(alert.Shipped)).NewJudge("terminal")
			want := "[]"
			if tt.want {
				want = "[bucket-becomes-public]"
			}
			if got := fmt.Sprint(fired(t, j, in)); got != want {
				t.Errorf("fired %s, want %s", got, want)
			}
			j = parse(t, "rules: [{name: x, when: exposed(event).size() > 0}]").NewJudge("terminal")
			if got := len(fired(t, j, in)) == 1; got != tt.want {
				t.Errorf("exposed(event) has a way: %v", got)
			}
		})
	}
}

func TestABucketWhoseACLWasNeverReadIsToldOnceItIs(t *testing.T) {
	after := bucket(t, spacestest.Bucket{ACL: spacestest.PublicRead})
	unread := `{"name":"pictures","region":"fra1"}`
	j := parse(t, string(alert.Shipped)).NewJudge("terminal")
	if got := fired(t, j, event(t, "spaces_buckets", schema.Updated, unread, after)); len(got) != 1 {
		t.Errorf("fired %v", got)
	}
	if got := fired(t, j, event(t, "spaces_buckets", schema.Created, "", unread)); len(got) != 0 {
		t.Errorf("of a bucket of which nothing is known: fired %v", got)
	}
}
