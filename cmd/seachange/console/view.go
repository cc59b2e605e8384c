package console

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

var functions = template.FuncMap{
	"time": timeOf, "thousands": func(n any) string { return thousands(reflect.ValueOf(n).Int()) }, "plain": plain.Value,
	"query": query,
}

// moment is a time for people, and for programs.
type moment struct{ ISO, Text string }

func timeOf(ms int64) moment {
	t := time.UnixMilli(ms).UTC()
	return moment{t.Format(time.RFC3339), t.Format("2006-01-02 15:04:05")}
}

// ago is a time span for people: 12 s, 5 min, 3 h, 4 days.
func ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", max(0, int(d.Seconds())))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// thousands separates them: 1,234,567.
func thousands[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s = plain.Text(s); s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// line is a change as a list shows it.
type line struct {
	Op, Word                  string
	Account, Resource         string
	Name, ID                  string // Name is the id where it has no other
	Words                     string
	Made                      moment
	Window                    string // when it happened, as far as that is known
	Open, Record, ResourceURL string // URLs
	Rollout                   bool
}

func lineOf(ev *history.Event) line {
	row, s := ev.Row(), &ev.Source
	l := line{
		Op: string(ev.Op), Word: ev.Op.Word(), Account: plain.Value(ev.Account()), Resource: s.Table, ID: plain.Value(row.ID),
		Words: describe.Event(&ev.Event), Made: timeOf(ev.TsMS), Window: window(&ev.Event), Open: changeURL(s.DB, s.LSN),
		Record: recordURL(s.DB, s.Table, row.ID), ResourceURL: query("/changes", "resource", s.Table),
		Rollout: s.CausedBy(schema.CauseRollout),
	}
	if l.Op == string(schema.Read) {
		l.Word = "first seen"
	}
	l.Name = l.ID
	if row.Name != nil {
		l.Name = plain.Value(cmp.Or(*row.Name, row.ID))
	}
	return l
}

// window says between which moments a change happened, in UTC.
func window(ev *schema.Event) string {
	before := time.UnixMilli(ev.Source.TsMS).UTC()
	if ev.Source.PrevTsMS == nil {
		return "there in the initial snapshot, " + before.Format("2006-01-02 15:04:05")
	}
	after, layout := time.UnixMilli(*ev.Source.PrevTsMS).UTC(), "2006-01-02 15:04:05"
	if after.Format(time.DateOnly) == before.Format(time.DateOnly) {
		return "between " + after.Format(layout) + " and " + before.Format("15:04:05")
	}
	return "between " + after.Format(layout) + " and " + before.Format(layout)
}

func changeURL(account string, lsn int64) string {
	return "/changes/" + url.PathEscape(account) + "/" + strconv.FormatInt(lsn, 10)
}

func recordURL(account, resource, id string) string {
	return query("/record", "account", account, "resource", resource, "id", id)
}

// parseMoment reads a time as the pages and people write it: RFC 3339, or what a browser's field has, in UTC; "now" and
// "" are now.
func parseMoment(s string, now time.Time) (time.Time, error) {
	if s == "" || s == "now" {
		return now.Add(2 * time.Second), nil // windows end on the API's clock, widened by its whole second
	}
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly,
	} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10000 {
			return t, nil
		}
	}
	return time.Time{}, &badInput{fmt.Sprintf("%q is no moment: write 2026-01-31 or 2026-01-31T12:00:00Z", plain.Value(s))}
}
