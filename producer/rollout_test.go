package producer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestARolloutIsToldApart(t *testing.T) {
	put := func(h *harness, cluster, pool string) {
		for i := range 4 {
			h.put("kubernetes_clusters", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"k"%s,"node_pools":[{"id":"p","count":1%s}]}`,
				i, strings.ReplaceAll(cluster, "#", fmt.Sprint(i)), pool))
		}
	}
	told := func(h *harness, resource string, want int) {
		t.Helper()
		n, all := 0, h.news()
		for _, e := range all {
			if e.Source.Table == resource && e.Source.CausedBy(schema.CauseRollout) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d of %d updates are a roll-out of %s, want %d", n, len(all), resource, want)
		}
	}
	play(t, func(h *harness) {
		put(h, ``, ``)
		h.sweeps(1)
		put(h, `,"brand_new":#`, ``)
		h.restart()
		h.sweeps(2)
		told(h, "kubernetes_clusters", 4)
		put(h, `,"brand_new":#`, `,"brand_new":true`)
		h.sweeps(1)
		told(h, "kubernetes_node_pools", 4)
		put(h, ``, `,"brand_new":true`)
		h.put("kubernetes_clusters", "3", `{"id":"3","name":"renamed","node_pools":[{"id":"p","count":1,"brand_new":true}]}`)
		h.sweeps(1)
		told(h, "kubernetes_clusters", 3)
		put(h, `,"name2":"x"`, `,"brand_new":true`)
		h.put("kubernetes_clusters", "4", `{"id":"4","name":"new","name2":"x","node_pools":[]}`)
		h.sweeps(1)
		told(h, "kubernetes_clusters", 3) // 3 was renamed back
	}, "kubernetes_clusters", "kubernetes_node_pools")
}
