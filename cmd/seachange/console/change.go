package console

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/schema"
)

type changeData struct {
	line
	Diff         comparison
	Headers      [][2]string
	AccountID    string
	LSN          int64
	Place        string // in the topics
	Sweep, Cause string
	Full         bool
	FullURL, Raw string
	Copies       []copyable
	Then         string
}

func (c *Console) find(r *http.Request) (*index.Change, error) {
	lsn, err := strconv.ParseInt(r.PathValue("lsn"), 10, 64)
	if err != nil {
		return nil, &badInput{"an event has a number: /changes/ACCOUNT/LSN"}
	}
	return c.o.Index.Event(r.Context(), r.PathValue("account"), lsn)
}

func (c *Console) change(r *http.Request) (*page, error) {
	ch, err := c.find(r)
	if err != nil {
		return nil, err
	}
	s := &ch.Source
	d := changeData{
		line: lineOf(&ch.Event), Headers: ch.Headers(ch.AccountName()), AccountID: s.DB, LSN: s.LSN, Sweep: s.TxID,
		Place: fmt.Sprintf("%s, partition %d, offset %d", ch.Record.Topic, ch.Record.Partition, ch.Record.Offset),
		Full:  r.URL.Query().Has("full"), FullURL: changeURL(s.DB, s.LSN) + "?full=1",
		Raw:  "/event" + strings.TrimPrefix(changeURL(s.DB, s.LSN), "/changes"),
		Then: query("/then", "at", timeOf(s.TsMS).ISO, "account", s.DB),
	}
	if s.Cause != nil {
		d.Cause = *s.Cause
	}
	d.Diff = compare(bodyOf(ch.Before), bodyOf(ch.After), d.Full)
	c.commands(&d, r, ch)
	return &page{Name: "change", Title: d.Name + " " + d.Word, Nav: "/changes", Data: d}, nil
}

// bodyOf is a row's body; "" of none.
func bodyOf(r *schema.Row) string {
	if r == nil || r.Body == nil {
		return ""
	}
	return *r.Body
}

// copyable is a command that shows the same elsewhere.
type copyable struct{ Name, Text string }

// commands are those that show the same elsewhere. What others chose stands in none of them.
func (c *Console) commands(d *changeData, r *http.Request, ch *index.Change) {
	kcat := fmt.Sprintf("kcat -C -b %s -t %s -p %d -o %d -c 1 -X isolation.level=read_committed",
		c.o.Brokers, ch.Record.Topic, ch.Record.Partition, ch.Record.Offset)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	curl := fmt.Sprintf("curl -s '%s://%s%s'", scheme, strings.ReplaceAll(r.Host, "'", ""),
		strings.ReplaceAll(d.Raw, "'", "%27"))
	d.Copies = []copyable{{"kcat", kcat}, {"jq", kcat + " | jq '.after.body // .before.body | fromjson'"}, {"curl", curl}}
}

// event is an event in plain JSON.
func (c *Console) event(w http.ResponseWriter, r *http.Request) {
	ch, err := c.find(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(ch.JSON) // the reader may have gone
}
