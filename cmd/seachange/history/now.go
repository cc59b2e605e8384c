package history

import (
	"context"
	"fmt"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Now reads the accounts as they are now: from the state, which retention doesn't cut and which is of one moment; and
// what the state has nothing of, the entries of logs and exposures, from what their topics still hold. The moment knows
// the LSNs.
func (p *Past) Now(ctx context.Context, now time.Time) (*Moment, error) {
	l, err := readKnown(ctx, p.o.Client, p.o.Prefix, p.bad)
	if err != nil {
		return nil, err
	}
	m := newMoment(now.UnixMilli())
	m.lsns = map[string]int64{}
	reading := newReading([]*Moment{m}, p.decoder, p.bad)
	n := presentRows{wanted: map[string]*schema.Resource{}, moment: m, reading: reading}
	var logs []string
	for _, r := range p.resources {
		if r.HasCurrent() && r != &schema.Exposures { // of which the state knows nothing
			n.wanted[r.Name] = r
		} else {
			logs = append(logs, schema.TopicOf(p.o.Prefix, r.Name))
		}
	}
	o := client.ReadOptions{
		Topics: []string{state.Topic(p.o.Prefix)}, FromStart: true, UntilEnd: true,
		Headers: []string{state.FormatHeader},
	}
	if err := p.o.Client.Read(ctx, o, n.take); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err // half an answer is none
	}
	if err := p.logEntries(ctx, logs, reading); err != nil {
		return nil, err
	}
	m.Until(l)
	return m, nil
}

// logEntries takes in what is left in the topics of logs. The state keeps only the entries that are still open, so
// that these are read as history is, back to where retention has cut them.
func (p *Past) logEntries(ctx context.Context, topics []string, reading *reading) error {
	topics, err := p.o.Client.Existing(ctx, topics...)
	if err != nil || len(topics) == 0 {
		return err
	}
	o := client.ReadOptions{
		Topics: topics, FromStart: true, UntilEnd: true, Headers: []string{"schema"},
		Progress: p.progress.Tell,
	}
	err = p.o.Client.Read(ctx, o, reading.take)
	if err == nil {
		err = ctx.Err()
	}
	p.bad.Sum()
	return err
}

// presentRows takes the state's entries into a moment.
type presentRows struct {
	wanted  map[string]*schema.Resource // by name
	moment  *Moment
	reading *reading // of the moment
}

func (n *presentRows) take(r client.Record) error {
	if r.Value != nil {
		if err := state.CheckFormat(r.Header(state.FormatHeader)); err != nil {
			return at(r, err)
		}
	}
	k, err := state.ParseKey(r.Key)
	if err != nil {
		return nil // the log's own
	}
	switch {
	case k.Kind == state.KindAccount && r.Value != nil:
		var a state.AccountCheckpoint
		if err := state.Decode(r.Key, r.Value, &a); err != nil {
			return at(r, err)
		}
		n.moment.lsns[k.Account] = a.NextLSN - 1
	case k.Kind == state.KindRecord && n.wanted[k.Resource] != nil:
		return n.record(r, k)
	}
	return nil
}

func (n *presentRows) record(r client.Record, k state.Key) error {
	in, id := table{k.Account, k.Resource}, []byte(k.ID)
	if r.Value == nil {
		n.moment.remove(in, id)
		return nil
	}
	s, err := state.DecodeRecord(r.Key, r.Value)
	if err != nil {
		return at(r, err)
	}
	i := &image{text: string(s.Body), body: true}
	if s.Body == nil || s.SHA256 != "" {
		row := diff.NewRow(n.wanted[k.Resource], k.Account, k.ID, s.Body)
		if i = (&image{row: &row}); s.SHA256 != "" {
			row.BodySHA256 = &s.SHA256
		}
	}
	n.moment.put(in, id, i, span{lsn: s.LSN, after: noTime, beforeMS: s.SourceMS})
	n.reading.kept(i)
	return nil
}
