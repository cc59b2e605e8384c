// Package otlp sends spans to a collector: OTLP over HTTP, as protobuf.
package otlp

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seachange/seachange/schema/plain"
)

// shutdownTime is for the last spans, at the end.
const shutdownTime = 5 * time.Second

// Start sends the spans of the provider that it returns to url, until stop, which sends what is left. What else
// OpenTelemetry's variables say, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER, is in force.
func Start(
	ctx context.Context, url, version string, log *slog.Logger,
) (p trace.TracerProvider, stop func(), err error) {
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url))
	if err != nil {
		return nil, nil, fmt.Errorf("traces to %s: %w", url, err)
	}
	us, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "seachange"), attribute.String("service.version", version)), resource.WithFromEnv())
	if err != nil {
		return nil, nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(&exporter{SpanExporter: out, log: log}), sdk.WithResource(us))
	log.Info("sending traces", "url", url)
	return provider, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces may be lost", "err", plain.Error(err))
		}
	}, nil
}

// exporter logs when spans begin to be lost, and when they arrive again. The watching goes on without them.
type exporter struct {
	sdk.SpanExporter
	log  *slog.Logger
	lost int
}

// ExportSpans implements sdk.SpanExporter. It is called by one goroutine at a time.
func (x *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := x.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && x.lost == 0:
		x.log.Warn("traces are lost: the collector doesn't take them", "err", plain.Error(err))
	case err == nil && x.lost > 0:
		x.log.Info("the collector takes traces again", "lost_spans", x.lost)
		x.lost = 0
	}
	if err != nil {
		x.lost += len(spans)
	}
	return nil // it is told
}
