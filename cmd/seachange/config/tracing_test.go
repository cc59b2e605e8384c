package config

import (
	"strings"
	"testing"
)

func TestWhereTracesGo(t *testing.T) {
	const base, traces = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	for _, tt := range []struct {
		setting   string
		variables map[string]string
		want      string
	}{
		{"", nil, ""},
		{"http://127.0.0.1:4318", nil, "http://127.0.0.1:4318/v1/traces"},
		{"https://otel.example/in/", map[string]string{base: "http://other:4318"}, "https://otel.example/in/v1/traces"},
		{"", map[string]string{base: "http://a:4318/"}, "http://a:4318/v1/traces"},
		{"", map[string]string{base: "http://a:4318", traces: "http://b:4318/x"}, "http://b:4318/x"},
		{"", map[string]string{base: "http://a:4318", "OTEL_SDK_DISABLED": "true"}, ""},
		{"", map[string]string{base: "http://a:4318", "OTEL_TRACES_EXPORTER": "none"}, ""},
		{"127.0.0.1:4318", nil, "error: --otlp-endpoint: want the URL"},
		{"grpc://a:4317", nil, "error: --otlp-endpoint: want the URL"},
		{"http://", nil, "error: --otlp-endpoint: want the URL"},
		{"", map[string]string{base: "a:4317"}, "error: $OTEL_EXPORTER_OTLP_ENDPOINT: want the URL"},
		{"https://fake:fake@a:4318", nil, "error: --otlp-endpoint has a password in it"},
	} {
		e := &Environment{Getenv: func(k string) string { return tt.variables[k] }}
		got, err := Tracing{OTLPEndpoint: tt.setting}.URL(e)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != tt.want && (err == nil || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("%q and %v: %q, want %q", tt.setting, tt.variables, got, tt.want)
		}
		if strings.Contains(got, "fake") {
			t.Errorf("%q shows the password", got)
		}
	}
}
