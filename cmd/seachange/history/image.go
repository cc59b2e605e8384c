package history

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// image is a record's row as an event has it. The next event of the record replaces it, so that it is decoded only when
// it is shown; and since a moment may hold a million, those that stay are compressed. Moments share it.
type image struct {
	row  *schema.Row // one that came decoded; else nil
	text string      // the row as JSON, or the body alone
	pack *diff.Pack  // what compressed the text; nil: nothing
	body bool        // the text is the body alone, of which the row is made
}

// decode returns the row of a record. Its text was checked when it was read.
func (i *image) decode(id recordID) *schema.Row {
	if i.row != nil {
		return i.row
	}
	text := i.plain(nil)
	if i.body {
		row := diff.NewRow(schema.LookupAny(id.resource), id.account, id.id, text)
		return &row
	}
	row := &schema.Row{}
	all := columnsOf(text)
	into := [len(rowColumns)]**string{
		&row.URN, &row.ParentID, &row.Name, &row.Region, &row.CreatedAt, &row.Body, &row.BodySHA256,
	}
	for n, quoted := range all {
		if quoted != nil {
			said, _ := unquote(nil, quoted)
			*into[n] = new(string(said))
		}
	}
	row.AccountID, row.ID = id.account, id.id
	return row
}

// quoted returns the columns of a record's row as JSON strings; nil for one that is null.
func (i *image) quoted(id recordID, buf []byte) (columns, []byte) {
	if i.row == nil && !i.body {
		buf = i.plain(buf)
		return columnsOf(buf), buf
	}
	var all columns
	r := i.decode(id)
	for n, text := range []*string{r.URN, r.ParentID, r.Name, r.Region, r.CreatedAt, r.Body, r.BodySHA256} {
		if text != nil {
			all[n], _ = jsontext.AppendQuote(nil, *text)
		}
	}
	return all, buf
}

// plain returns the text as it was, in buf if it is large enough.
func (i *image) plain(buf []byte) []byte {
	if i.pack != nil {
		return i.pack.Unpack(buf, i.text)
	}
	return append(buf[:0], i.text...)
}

// columns are those of a row that may be null, in the order of rowColumns: as JSON strings, nil for null.
type columns [7][]byte

var rowColumns = [...]string{"urn", "parent_id", "name", "region", "created_at", "body", "body_sha256"}

func columnsOf(text []byte) (all columns) {
	v := scanner{b: text}
	v.object(func(name []byte) bool {
		for n := range rowColumns {
			if string(name) == rowColumns[n] {
				return v.stringOrNull(&all[n])
			}
		}
		return v.value()
	})
	return all
}

// compress makes a text smaller that is going to stay.
func (i *image) compress(p *diff.Pack) {
	if i.row == nil && i.pack == nil {
		i.text, i.pack = p.Pack([]byte(i.text)), p
	}
}
