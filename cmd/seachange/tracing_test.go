package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// spans is a collector of OTLP over HTTP.
type spans struct {
	mu      sync.Mutex
	all     []*trace.Span
	bodies  bytes.Buffer
	service string
	refuse  bool
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse || err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, "not taken", http.StatusBadRequest)
		return
	}
	s.bodies.Write(body)
	for _, of := range request.ResourceSpans {
		s.service = textOfAttribute(of.Resource.Attributes, "service.name")
		for _, in := range of.ScopeSpans {
			s.all = append(s.all, in.Spans...)
		}
	}
}

func textOfAttribute(all []*common.KeyValue, key string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

func numberOfAttribute(all []*common.KeyValue, key string) int64 {
	for _, a := range all {
		if a.Key == key {
			return a.Value.GetIntValue()
		}
	}
	return -1
}

// below returns the spans of a name below that of a sweep.
func (s *spans) below(t *testing.T, sweep, name string) (found []*trace.Span) {
	t.Helper()
	var ids []string
	for _, span := range s.all {
		if span.Name == sweep {
			ids = append(ids, string(span.SpanId))
		}
	}
	for _, span := range s.all {
		for _, id := range ids {
			if span.Name == name && string(span.ParentSpanId) == id {
				found = append(found, span)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("no span %q below %q", name, sweep)
	}
	return found
}

// A sweep's span has its requests and its commits below it, and nothing that is secret.
func TestTracesTellOfSweepsRequestsAndCommits(t *testing.T) {
	c := &spans{}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	a, variables := simulated(t)
	a.Fault(digitaloceantest.Fault{Resource: "domains", Effect: digitaloceantest.Status(http.StatusInternalServerError)})
	variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = server.URL
	if _, log, err := call(t, variables, "run", "--once"); err == nil || !strings.Contains(log, "sending traces") {
		t.Fatalf("run --once: %v, want that domains can't be read\n%s", err, log)
	}
	if c.service != "seachange" {
		t.Errorf("the service is called %q", c.service)
	}
	request := c.below(t, "sweep firewalls", "GET firewalls")[0]
	for key, want := range map[string]string{
		"seachange.account.id": "team-1", "seachange.resource": "firewalls", "url.path": "/v2/firewalls",
	} {
		if got := textOfAttribute(request.Attributes, key); got != want {
			t.Errorf("%s of a request is %q, want %q", key, got, want)
		}
	}
	if n := numberOfAttribute(request.Attributes, "http.response.status_code"); n != http.StatusOK {
		t.Errorf("the status of a request is %d", n)
	}
	if n := numberOfAttribute(request.Attributes, "seachange.page"); n != 1 {
		t.Errorf("the page of a request is %d", n)
	}
	if textOfAttribute(request.Attributes, "seachange.request.id") == "" {
		t.Error("a request has no id")
	}
	if n := numberOfAttribute(c.below(t, "sweep firewalls", "commit")[0].Attributes, "seachange.records"); n < 2 {
		t.Errorf("a commit of an event and its state has %d records", n)
	}
	failed := c.below(t, "sweep domains", "GET domains")[0]
	if failed.Status.Code != trace.Status_STATUS_CODE_ERROR ||
		textOfAttribute(failed.Attributes, "error.type") != "failed" {
		t.Errorf("a request that failed is %v", failed)
	}
	for _, secret := range []string{digitaloceantest.Token, "Bearer", "0.0.0.0/0", "Internal Server Error"} {
		if bytes.Contains(c.bodies.Bytes(), []byte(secret)) {
			t.Errorf("the traces hold %q", secret)
		}
	}
}

// A collector that takes nothing is said once, and stops nothing.
func TestACollectorThatRefusesStopsNothing(t *testing.T) {
	server := httptest.NewServer(&spans{refuse: true})
	t.Cleanup(server.Close)
	_, variables := simulated(t)
	variables["SEACHANGE_OTLP_ENDPOINT"] = server.URL
	_, log, err := call(t, variables, "run", "--once")
	if err != nil || strings.Count(log, "traces are lost") != 1 {
		t.Errorf("run --once: %v\n%s", err, log)
	}
}
