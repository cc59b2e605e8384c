package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history/index"
)

// bars are changes per hour, or in other steps, as a drawing of 1000 by 100.
type bars struct {
	Bars    []bar
	Max     int
	Sum     int
	From    moment
	To      moment
	Spans   []choice
	Summary string
}

// bar is a step: three stacked rectangles.
type bar struct {
	X, W       float64
	Text, URL  string
	Rectangles []rectangle
}

type rectangle struct {
	Y, H  float64
	Class string
}

type choice struct {
	Value, Text, URL string
	Chosen           bool
}

// spans are what the bars can show.
var spans = []struct {
	value, text string
	step        time.Duration
	steps       int
}{
	{"day", "Day", time.Hour, 24},
	{"week", "Week", 6 * time.Hour, 28},
	{"month", "Month", 24 * time.Hour, 30},
}

func (c *Console) bars(r *http.Request, account, resource string, now time.Time) (bars, error) {
	span := spans[0]
	for _, s := range spans {
		if s.value == r.URL.Query().Get("span") {
			span = s
		}
	}
	end := now.Truncate(time.Hour).Add(time.Hour)
	from := end.Add(-time.Duration(span.steps) * span.step)
	hours, err := c.o.Index.Densities(r.Context(), account, resource, from.UnixMilli(), now.UnixMilli())
	if err != nil {
		return bars{}, err
	}
	b := draw(hours, from, span.step, span.steps)
	for _, s := range spans {
		b.Spans = append(b.Spans, choice{s.value, s.text, query("/", "span", s.value), s.value == span.value})
	}
	b.Summary = fmt.Sprintf("%s changes in the last %s", thousands(b.Sum), span.value)
	if b.Sum == 1 {
		b.Summary = "1 change in the last " + span.value
	}
	return b, nil
}

// draw lays hours out in steps.
func draw(hours []index.Density, from time.Time, step time.Duration, steps int) bars {
	sums := make([]index.Density, steps)
	b := bars{From: timeOf(from.UnixMilli()), To: timeOf(from.Add(time.Duration(steps) * step).UnixMilli())}
	for _, h := range hours {
		i := int(time.UnixMilli(h.Hour).Sub(from) / step)
		if i < 0 || i >= steps {
			continue
		}
		s := &sums[i]
		s.Created, s.Updated, s.Deleted = s.Created+h.Created, s.Updated+h.Updated, s.Deleted+h.Deleted
		b.Sum += h.Created + h.Updated + h.Deleted
		b.Max = max(b.Max, s.Created+s.Updated+s.Deleted)
	}
	width := 1000 / float64(steps)
	for i, s := range sums {
		at := from.Add(time.Duration(i) * step)
		b.Bars = append(b.Bars, barOf(s, at, step, float64(i)*width, width, b.Max))
	}
	return b
}

func barOf(s index.Density, at time.Time, step time.Duration, x, width float64, highest int) bar {
	n := s.Created + s.Updated + s.Deleted
	b := bar{
		X: x + width*0.1, W: width * 0.8, URL: query("/changes", "from", iso(at), "to", iso(at.Add(step))),
		Text: fmt.Sprintf("%s: %d changes (%d created, %d updated, %d deleted)", at.UTC().Format("2006-01-02 15:04"), n,
			s.Created, s.Updated, s.Deleted),
	}
	y := 100.0
	for _, part := range []struct {
		n     int
		class string
	}{{s.Updated, "u"}, {s.Created, "c"}, {s.Deleted, "d"}} {
		if part.n > 0 {
			h := max(2, 96*float64(part.n)/float64(highest))
			y -= h
			b.Rectangles = append(b.Rectangles, rectangle{y, h, part.class})
		}
	}
	return b
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }
