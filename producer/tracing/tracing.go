// Package tracing tells OpenTelemetry of sweeps, with their requests and commits. A span has ids, counts and words of
// our own: never a token, a header, a body or a server's message.
package tracing

import (
	"context"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

const scope = "github.com/seachange/seachange"

// Tracer makes the spans of sweeps. The zero Tracer makes none.
type Tracer struct{ tracer trace.Tracer }

// New has spans made by p.
func New(p trace.TracerProvider) Tracer { return Tracer{p.Tracer(scope)} }

// Sweep is the span of a sweep. The zero Sweep is none.
type Sweep struct{ span trace.Span }

// Sweep begins the span of a sweep. What is done for it has the context.
func (t Tracer) Sweep(ctx context.Context, account, resource, parent string) (context.Context, Sweep) {
	if t.tracer == nil {
		return ctx, Sweep{}
	}
	ctx, span := t.tracer.Start(ctx, "sweep "+resource, trace.WithAttributes(
		attribute.String("seachange.account.id", account), attribute.String("seachange.resource", resource)))
	if parent != "" {
		span.SetAttributes(attribute.String("seachange.parent.id", parent))
	}
	return ctx, Sweep{span}
}

// End ends the sweep. status is the collection's, in a word.
func (s Sweep) End(status string, complete bool, requests int) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(attribute.String("seachange.status", status), attribute.Int("seachange.requests", requests))
	if !complete {
		s.span.SetStatus(codes.Error, status)
	}
	s.span.End()
}

// Commit begins the span of a commit of so many records, which done ends. What is committed after the sweep's end has
// none.
func (s Sweep) Commit(records int) (done func(error)) {
	if s.span == nil || !s.span.IsRecording() {
		return func(error) {}
	}
	_, span := s.span.TracerProvider().Tracer(scope).Start(trace.ContextWithSpan(context.Background(), s.span), "commit",
		trace.WithAttributes(attribute.Int("seachange.records", records)))
	return func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "not committed")
		}
		span.End()
	}
}

// Request is the span of a request. The zero Request is none.
type Request struct{ span trace.Span }

// StartRequest begins the span of a request, where ctx has a sweep's. page is that of a listing, or 0; the query of
// path is not told.
func StartRequest(ctx context.Context, account, resource, path string, page int) Request {
	sweep := trace.SpanFromContext(ctx)
	if !sweep.IsRecording() {
		return Request{}
	}
	_, span := sweep.TracerProvider().Tracer(scope).Start(ctx, "GET "+resource,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
			attribute.String("seachange.account.id", account), attribute.String("seachange.resource", resource),
			attribute.String("http.request.method", "GET")))
	if u, err := url.Parse(path); err == nil {
		span.SetAttributes(attribute.String("url.path", u.EscapedPath()))
	}
	if page > 0 {
		span.SetAttributes(attribute.Int("seachange.page", page))
	}
	return Request{span}
}

// End ends the request. status is 0 where nothing was answered; outcome is "ok", or the kind of the error.
func (r Request) End(status int, requestID, outcome string) {
	if r.span == nil {
		return
	}
	if status != 0 {
		r.span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	if requestID != "" {
		r.span.SetAttributes(attribute.String("seachange.request.id", requestID))
	}
	if outcome != "ok" {
		r.span.SetAttributes(attribute.String("error.type", outcome))
		r.span.SetStatus(codes.Error, outcome)
	}
	r.span.End()
}
