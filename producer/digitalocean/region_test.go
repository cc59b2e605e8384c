package digitalocean_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hosts serves by host and path, and notes who was asked.
func hosts(t *testing.T, answers map[string]string, asked *[]string) roundTrip {
	t.Helper()
	return func(req *http.Request) (*http.Response, error) {
		at := req.URL.Host + req.URL.Path
		*asked = append(*asked, at)
		if req.Header.Get("Authorization") == "" {
			t.Errorf("%s: asked without a token", at)
		}
		body, ok := answers[at]
		if !ok {
			return answer{status: 404, body: `{"error":{"code":"not_found","message":"no such thing here"}}`}.response(req), nil
		}
		return answer{body: body}.response(req), nil
	}
}

const (
	at       = "api.digitalocean.com/v2/harness-runtime"
	atMem1   = "api-mem1.digitalocean.com/v2/harness-runtime"
	twoHosts = `{"regions":[{"slug":"mem1"},{"slug":"ric1","is_default":true}]}`
)

func session(id string) string {
	return `{"sessions":[{"session_id":"` + id + `","name":"n","created_at":"2026-11-01T00:00:00Z"}],"next_page_token":""}`
}

// Each region's host has its own. What is another region's, or nobody's, ends in a listing that is not whole, with a
// clear word: never in a delete, a loop, or a token at another's host.
func TestARegionalListingIsReadAtEachHost(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers map[string]string
		ids     []string
		fault   string // "" where the listing is whole
		never   string // who is never asked
	}{
		{
			"two regions",
			map[string]string{at + "/regions": twoHosts, at + "/sessions": session("s-1"), atMem1 + "/sessions": session("s-2")},
			[]string{"s-1", "s-2"},
			"", "",
		},
		{
			"a team without the list of regions",
			map[string]string{at + "/sessions": session("s-1")},
			[]string{"s-1"},
			"", "api-mem1",
		},
		{
			"another region's 404",
			map[string]string{at + "/regions": twoHosts, at + "/sessions": session("s-1")},
			[]string{"s-1"},
			"at api-mem1.digitalocean.com page 2: 404 Not Found", "",
		},
		{
			"a host that isn't DigitalOcean's",
			map[string]string{
				at + "/regions": `{"regions":[{"slug":"ric1","is_default":true},{"slug":"x.example.com/"}]}`, at + "/sessions": session("s-1"),
			},
			[]string{"s-1"},
			`no host of the region "x.example.com/" is known, and the token goes to no other`, "api-x",
		},
		{
			"a list of regions that is none",
			map[string]string{at + "/regions": `[]`, at + "/sessions": session("s-1")},
			[]string{"s-1"},
			"the answer is not a list of regions", "api-mem1",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var asked []string
			c := client(t, hosts(t, tc.answers, &asked))
			got := list(t.Context(), c, row(t, "hosted_agent_sessions"), "")
			slices.Sort(got.ids)
			if !slices.Equal(got.ids, tc.ids) || (got.err == nil) != (tc.fault == "") ||
				(tc.fault != "" && !strings.Contains(got.err.Error(), tc.fault)) {
				t.Errorf("ids %v, error %v; want %v, %q", got.ids, got.err, tc.ids, tc.fault)
			}
			if tc.fault != "" && kind(t, got.err) != "failed" {
				t.Errorf("the kind is %q: it would prove an absence", kind(t, got.err))
			}
			if len(asked) > 5 ||
				(tc.never != "" && slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, tc.never) })) {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// What is below a session is where the session is, and is found there the next time.
func TestTheChildrenOfARegionalRecordAreWhereItIs(t *testing.T) {
	var asked []string
	checkpoints := "/sessions/s-2/checkpoints"
	c := client(t, hosts(t, map[string]string{
		at + "/regions": twoHosts, atMem1 + checkpoints: `{"checkpoints":[{"checkpoint_id":"c-1"}],"next_page_token":""}`,
	}, &asked))
	for range 2 {
		got := list(t.Context(), c, row(t, "hosted_agent_checkpoints"), "s-2")
		if got.err != nil || !slices.Equal(got.ids, []string{"s-2/c-1"}) {
			t.Errorf("ids %v, error %v", got.ids, got.err)
		}
	}
	asked = slices.DeleteFunc(asked, func(a string) bool { return !strings.HasSuffix(a, "/checkpoints") })
	if want := []string{at + checkpoints, atMem1 + checkpoints, atMem1 + checkpoints}; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	got := list(t.Context(), c, row(t, "hosted_agent_checkpoints"), "s-9")
	if kind(t, got.err) != "gone" {
		t.Errorf("of a session that no region has: %v", got.err)
	}
}
