package config

import (
	"net/url"
	"strings"
)

// Tracing says where traces go.
type Tracing struct {
	OTLPEndpoint string `yaml:"otlp_endpoint" name:"otlp-endpoint" help:"${otlp_endpoint}" placeholder:"URL"`
}

// URL returns where traces are sent to; "" is nowhere. Without the setting OpenTelemetry's own variables count.
func (t Tracing) URL(e *Environment) (string, error) {
	const base, traces = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	switch {
	case t.OTLPEndpoint != "":
		return collector("--otlp-endpoint", t.OTLPEndpoint, "/v1/traces")
	case strings.EqualFold(e.Getenv("OTEL_SDK_DISABLED"), "true"), e.Getenv("OTEL_TRACES_EXPORTER") == "none":
		return "", nil
	case e.Getenv(traces) != "":
		return collector("$"+traces, e.Getenv(traces), "")
	case e.Getenv(base) != "":
		return collector("$"+base, e.Getenv(base), "/v1/traces")
	}
	return "", nil
}

func collector(setting, text, path string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", Errorf("%s: want the URL of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318", setting)
	}
	if u.User != nil {
		return "", Errorf("%s has a password in it: put that into OTEL_EXPORTER_OTLP_HEADERS", setting)
	}
	return strings.TrimSuffix(u.String(), "/") + path, nil
}
