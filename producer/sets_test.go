package producer_test

import (
	"fmt"
	"strings"
	"testing"
)

// A set says by its elements what it is, and not by how often or in which order the API wrote them, or how it wrote
// none.
func TestHowASetIsWrittenIsNoChange(t *testing.T) {
	put := func(h *harness, tags, ids string) {
		h.put("firewalls", "1", strings.ReplaceAll(`{"id":"1","name":"fw"`+tags+ids+`}`, "_ids", "droplet_ids"))
		h.put("kubernetes_clusters", "k", fmt.Sprintf(`{"id":"k","name":"k8s"%s,"node_pools":[{"id":"p","count":1%s}]}`, tags, tags))
	}
	play(t, func(h *harness) {
		put(h, `,"tags":[]`, `,"_ids":[1,2,2]`)
		h.sweeps(1)
		h.said()
		for _, tags := range []string{`,"tags":null`, `,"tags":[]`, ``, `,"tags":null`} {
			for _, ids := range []string{`,"_ids":[1,2]`, `,"_ids":[2,1,2,1]`} {
				put(h, tags, ids)
				h.sweeps(1)
			}
			h.restart()
		}
		h.wants()
		put(h, `,"tags":["a","a"]`, `,"_ids":[3,2,2]`)
		h.sweeps(1)
		ev := h.events()
		want := `[{"op":"remove","path":"/droplet_ids/0","old":1},{"op":"add","path":"/droplet_ids/1","value":3},{"op":"add","path":"/tags/0","value":"a"}]`
		h.wants("u firewalls 1", "u kubernetes_clusters k", "u kubernetes_node_pools k/p")
		if e := ev[len(ev)-3]; *e.Changes != want || !strings.Contains(*e.After.Body, `"tags":["a","a"]`) {
			t.Errorf("changes %s of %s, want %s", *e.Changes, *e.After.Body, want)
		}
		put(h, `,"tags":["a"]`, `,"_ids":[3,2]`)
		h.sweeps(2)
		h.wants()
	}, "firewalls", "kubernetes_clusters", "kubernetes_node_pools")
}
