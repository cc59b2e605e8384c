package digitalocean_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean"
)

// serve returns by what is told of a request's query.
func serve(t *testing.T, answers func(query string) answer) *digitalocean.Client {
	t.Helper()
	return client(t, roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/harness-runtime/regions") {
			return answer{body: `{"regions":[{"slug":"ric1","is_default":true}]}`}.response(req), nil
		}
		return answers(req.URL.RawQuery).response(req), nil
	}))
}

// records makes n records with ids from first on.
func records(first, n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`{"id":"i-%d","name":"n"}`, first+i))
	}
	return strings.Join(all, ",")
}

// A page of a listing by tokens may be short, or empty, and not the last one.
func TestAPageByTokenMayBeEmptyAndNotTheLast(t *testing.T) {
	c := serve(t, func(query string) answer {
		switch query {
		case "page_size=200":
			return answer{body: `{"configs":[` + records(1, 2) + `],"next_page_token":"a+b"}`}
		case "page_size=200&page_token=a%2Bb":
			return answer{body: `{"next_page_token":"c","configs":[]}`}
		case "page_size=200&page_token=c":
			return answer{body: `{"configs":[` + records(3, 1) + `],"next_page_token":""}`}
		}
		return answer{status: 400, body: `{"id":"bad_request","message":"` + query + `"}`}
	})
	got := list(t.Context(), c, row(t, "hosted_agent_environments"), "")
	if got.err != nil || got.pages != 3 || len(got.ids) != 3 {
		t.Errorf("%v; %d pages, ids %v", got.err, got.pages, got.ids)
	}
}

func TestATokenThatLoopsEndsTheListing(t *testing.T) {
	c := serve(t, func(string) answer { return answer{body: `{"configs":[],"next_page_token":"again"}`} })
	got := list(t.Context(), c, row(t, "hosted_agent_environments"), "")
	if kind(t, got.err) != "failed" || got.pages > 3 {
		t.Errorf("got %v after %d pages, want an error", got.err, got.pages)
	}
}

// The gateway cuts a page to 100 without a word: a full one is never taken for the last.
func TestAFullPageAtASilentCapIsNotTheLast(t *testing.T) {
	for name, pagination := range map[string]string{
		"a total":            `,"pagination":{"page":%d,"per_page":100,"total":150}`,
		"a total that lies":  `,"pagination":{"page":%d,"per_page":100,"total":100}`,
		"a page without one": "",
	} {
		c := serve(t, func(query string) answer {
			said, n := pagination, 1
			body := records(1, 100)
			if strings.HasPrefix(query, "page=2&") {
				body, n = records(101, 50), 2
			}
			if said != "" {
				said = fmt.Sprintf(said, n)
			}
			return answer{body: `{"toolbelts":[` + body + `]` + said + `}`}
		})
		r := *row(t, "action_gateway_toolbelts")
		r.ID = "id"
		for _, asked := range []int{100, 200} {
			r.PerPage = asked
			if got := list(t.Context(), c, &r, ""); got.err != nil || len(got.ids) != 150 {
				t.Errorf("%s, %d asked for: %v, %d records", name, asked, got.err, len(got.ids))
			}
		}
	}
}

func TestAListingThatSaysWhatItLacksIsNotWhole(t *testing.T) {
	for lacks, whole := range map[string]bool{`[]`: true, `null`: true, `["nyc3"]`: false} {
		c := serve(t, func(string) answer {
			return answer{body: `{"secrets":[{"secret":"db","region":"ric1"}],"unavailable_regions":` + lacks + `,"links":{},"meta":{"total":1}}`}
		})
		got := list(t.Context(), c, row(t, "secrets"), "")
		if (got.err == nil) != whole || len(got.ids) != 1 {
			t.Errorf("%s: %v, ids %v", lacks, got.err, got.ids)
		}
		if !whole && !strings.Contains(got.err.Error(), `not whole: unavailable_regions: ["nyc3"]`) {
			t.Errorf("got %v, want it to name the region", got.err)
		}
	}
}

func TestAnEdgeWithoutItsNodeOrItsEndIsAnError(t *testing.T) {
	for body, want := range map[string]string{
		`{"edges":[{"cursor":"c"}],"page_info":{"has_next_page":false}}`:                                   "record 1",
		`{"edges":[{"node":{"deletion_id":"d"}}],"page_info":{"has_next_page":true,"end_cursor":""}}`:      "not where it begins",
		`{"edges":{"node":{"deletion_id":"d"}},"page_info":{"has_next_page":false}}`:                       "not an array",
		`{"edges":[{"node":{"deletion_id":"d"},"x":1}],"page_info":{"has_next_page":true,"end_cursor":1}}`: "page_info",
	} {
		c := serve(t, func(string) answer { return answer{body: body} })
		got := list(t.Context(), c, row(t, "signals_deletions"), "")
		if kind(t, got.err) != "failed" || !strings.Contains(got.err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", body, got.err, want)
		}
	}
}

// Newer products have a code of their own for what is not there, also within error; another's code proves nothing.
func TestA404OfAnotherShape(t *testing.T) {
	for body, want := range map[string]string{
		`{"code":"NOT_FOUND","message":"no such MicroVM"}`:           "gone",
		`{"error":{"code":"not_found","message":"no such MicroVM"}}`: "gone",
		`{"id":"not_found","message":"no such MicroVM"}`:             "gone",
		`{"code":"NO_ROUTE","message":"x"}`:                          "failed",
		`{"error":"not found"}`:                                      "failed",
		`{}`:                                                         "failed",
	} {
		c := serve(t, func(string) answer { return answer{status: 404, body: body} })
		if _, err := c.Get(t.Context(), row(t, "microvms"), "m-1", nil); kind(t, err) != want {
			t.Errorf("%s: got %v, want it to be %s", body, err, want)
		}
	}
	c := serve(t, func(string) answer { return answer{status: 404, body: `{"code":"NOT_FOUND","message":"x"}`} })
	if _, err := c.Get(t.Context(), row(t, "volumes"), "v-1", nil); kind(t, err) != "failed" {
		t.Errorf("another resource's code: got %v, want failed", err)
	}
}
