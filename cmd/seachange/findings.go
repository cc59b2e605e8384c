package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// findings are what the shipped rules find in the changes of a while. Each change is judged once.
type findings struct {
	index  *index.Index
	judge  *alert.Judge
	client client.Client // of the silences
	prefix string
	logger *slog.Logger

	mu       sync.Mutex
	silences alert.Silences // as they were read last
	seen     map[int64]bool // changes of the last moment that was judged
	fromMS   int64
	found    []finding // the newest last
}

// finding is one that is open: what ends it has its alert's key.
type finding struct {
	alert *alert.Alert
	console.Finding
}

const (
	findingsFor  = 30 * 24 * time.Hour
	judgedAtOnce = 20_000
	mostFindings = 500
	silencesIn   = 2 * time.Second // how long a page waits for the silences
)

func (p *pages) newFindings() (*findings, error) {
	rules, err := alert.Parse(bytes.NewReader(alert.Shipped), func(name string) bool { return schema.Lookup(name) != nil })
	if err != nil {
		return nil, err
	}
	return &findings{
		index: p.index, judge: rules.NewJudge("console"), client: p.client, prefix: p.prefix, logger: p.Logger,
		seen: map[int64]bool{},
	}, nil
}

// list returns them, the newest first, with what became of each.
func (f *findings) list(ctx context.Context) ([]console.Finding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fromMS = max(f.fromMS, time.Now().Add(-findingsFor).UnixMilli())
	changes, err := f.index.Changes(ctx, index.Filter{FromMS: f.fromMS, FirstSights: true},
		index.Page{Limit: judgedAtOnce})
	if err != nil {
		return nil, err
	}
	for _, ch := range slices.Backward(changes) {
		f.take(ch)
	}
	f.found = f.found[max(0, len(f.found)-mostFindings):]
	f.hush(ctx)
	var all []console.Finding
	for _, open := range slices.Backward(f.found) {
		if open.Still, err = f.still(ctx, &open.Finding); err != nil {
			return nil, err
		}
		open.Command = "seachange silence add --for 8h --match " + matching(open.alert)
		if s := f.silences.Match(open.alert, time.Now()); s != nil {
			open.Silence, open.Command = s.Reason(), "seachange silence expire "+shellWord(s.ID)
		}
		all = append(all, open.Finding)
	}
	return all, nil
}

// hush reads the silences. While they can't be read, those that were read last hold.
func (f *findings) hush(ctx context.Context) {
	if f.index.State().Fault != "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, silencesIn)
	defer cancel()
	if err := cmp.Or(f.silences.Read(ctx, f.client, f.prefix), ctx.Err()); err != nil {
		f.logger.Warn("not all silences can be read", "err", err)
	}
}

// matching is a silence's condition for one finding, as an argument of a shell.
func matching(a *alert.Alert) string {
	return shellWord("key == " + strconv.QuoteToASCII(a.Key) + " && account == " + strconv.QuoteToASCII(a.Account))
}

// shellWord is a text that a shell takes for one word, whatever is in it.
func shellWord(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

func (f *findings) take(ch *index.Change) {
	if ch.TsMS > f.fromMS {
		f.fromMS = ch.TsMS
		clear(f.seen)
	}
	if f.seen[ch.N] {
		return
	}
	f.seen[ch.N] = true
	alerts, _ := f.judge.Take(alert.EventInput(&ch.Event)) // what a rule can't be asked about, it doesn't find
	for _, a := range alerts {
		f.found = slices.DeleteFunc(f.found, func(open finding) bool { return open.alert.Key == a.Key })
		if a.Status == alert.Resolved {
			continue
		}
		f.found = append(f.found, finding{a, console.Finding{
			Rule: a.Rule, Severity: a.Severity, Title: a.Title, Advice: a.Advice, Where: a.Where(), What: a.What,
			Account: a.Account, Resource: a.Resource, ID: a.Record, Change: ch,
		}})
	}
}

// still says what became of a record since a change. What is found of other records ends by itself.
func (f *findings) still(ctx context.Context, of *console.Finding) (string, error) {
	ch := of.Change
	if of.Resource != ch.Source.Table || of.ID != ch.ID() {
		return "still so", nil
	}
	newest, err := f.index.Record(ctx, ch.Source.DB, ch.Source.Table, ch.ID(), 1)
	switch {
	case errors.Is(err, index.ErrNone): // left out of the index
		return "", nil
	case err != nil:
		return "", err
	case newest[0].N == ch.N:
		return "still so", nil
	case newest[0].Op == schema.Deleted:
		return "the record is gone", nil
	}
	return "the record has changed since", nil
}
