package producer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// A single pass reads what it had to wait for, and then ends well. It sets no interval, and speaks of none.
func TestASinglePassReadsAgainWhatItWaitedFor(t *testing.T) {
	for name, fault := range map[string]digitaloceantest.Fault{
		"429 to one listing":  {Resource: "firewalls", Times: 1, Effect: digitaloceantest.Throttle(30 * time.Second)},
		"429 to everything":   {Times: 5, Effect: digitaloceantest.Throttle(30 * time.Second)},
		"429 to the children": {Resource: "domain_records", Times: 2, Effect: digitaloceantest.Throttle(45 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			inSimulatedTime(t)
			everywhere(t, 1, func(r *rig) {
				r.accounts[0].Fault(fault)
				p := r.start(func(o *producer.Options) { o.Once, o.Interval = true, 0 })
				if err := p.wait(); err != nil {
					t.Error(err)
				}
				if log := r.log.String(); strings.Contains(log, "interval") {
					t.Errorf("it speaks of intervals: %s", log)
				}
			})
		})
	}
}
