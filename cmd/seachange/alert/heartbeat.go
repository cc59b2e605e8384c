package alert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Heartbeat is an address that is asked as long as all outputs are served: whoever watches it learns that alert is
// gone, or an output stuck.
type Heartbeat struct {
	URL     string   `yaml:"url"`
	URLEnv  string   `yaml:"url_env"`
	URLFile string   `yaml:"url_file"`
	Every   Duration `yaml:"every"` // a minute by default
}

func (h *Heartbeat) set() bool { return h.URL+h.URLEnv+h.URLFile != "" }

// stuck is how long an output may take to send what there is before no heartbeat goes out.
const stuck = 2 * time.Minute

// beat asks the address until ctx ends. That it can't be reached is logged, and no matter of the outputs.
func (w *Watch) beat(ctx context.Context, address string) error {
	every := time.Duration(w.o.Rules.Heartbeat.Every)
	if every == 0 {
		every = time.Minute
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if w.Ready(time.Now()) != nil {
			continue
		}
		if err := ping(ctx, address); err != nil && ctx.Err() == nil {
			w.o.Logger.Warn("the heartbeat did not arrive", "err", err)
		}
	}
}

// Ready returns what was not done within the last moments: the topics were not read, or an output was not up to date.
// Nil: all is well.
func (w *Watch) Ready(now time.Time) error {
	if now.UnixMilli()-w.reach.Load() > stuck.Milliseconds() {
		return fmt.Errorf("the topics were not read for %s", stuck)
	}
	for _, one := range w.watchers {
		if now.UnixMilli()-one.alive.Load() > stuck.Milliseconds() {
			return fmt.Errorf("output %s has not been up to date for %s", one.delivery.Output, stuck)
		}
	}
	return nil
}

func ping(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return errors.New("the address can't be asked")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the endpoint returned %s", resp.Status)
	}
	return nil
}
