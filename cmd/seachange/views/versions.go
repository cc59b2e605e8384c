package views

import (
	"strings"
)

// versionsColumns are those of the versions, in order.
var versionsColumns = []output{
	{"account_id", "account_id", "the account: DigitalOcean's team"},
	{"resource", "resource", ""},
	{"id", "id", "below another record its parents' ids stand before it"},
	{"collection", "", "the ids of the parents, as in parent_id of the collection statuses; empty at the top"},
	{"urn", "urn", ""},
	{"parent_id", "parent_id", "the id of the record that it is below"},
	{"name", "name", ""},
	{"region", "region", ""},
	{"created_at", "created_at", "as DigitalOcean says it"},
	{"op", "op", "how it came to be so: c created, u updated, r first seen"},
	{"lsn", "lsn", "the number of the event that made it so"},
	{"valid_after", "after_ms", "it became so after this; null when it was so in the initial snapshot"},
	{"valid_before", "before_ms", "it became so before this"},
	{"ended_after", "", "it ended after this; null while it lasts"},
	{"ended_before", "", "it ended before this; null while it lasts"},
	{"body", "body", "the record as DigitalOcean sent it, as JSON; null where it was too large for an event"},
	{"body_sha256", "body_sha256", "of a body that was too large"},
}

// versions writes the view of versions: each record as it was, from when to when. An event that repeats what is known
// (a repeated snapshot, or one that landed twice) is none.
func (w *writer) versions() {
	name := w.o.Schema + ".versions"
	doc := "Each record of DigitalOcean as it was, from when to when"
	var columns []output
	var lines []string
	for _, c := range versionsColumns {
		sql := w.quote(c.sql)
		switch c.name {
		case "collection":
			sql = w.parent(w.quote("id"))
		case "created_at":
			sql = w.instant(c.sql)
		case "valid_after", "valid_before":
			sql = w.milliseconds(c.sql)
		case "ended_after", "ended_before":
			sql = w.milliseconds(c.name + "_ms")
		}
		columns = append(columns, output{c.name, sql, c.doc})
		lines = append(lines, "  "+sql+" AS "+w.quote(c.name))
	}
	over := strings.NewReplacer("{record}", "PARTITION BY account_id, resource, id ORDER BY lsn", "{header}",
		w.header(name, doc, columns), "{parts}", w.eventParts(), "{events}", w.o.Events,
		"{columns}", strings.Join(lines, ",\n"))
	w.statement(over.Replace(`{header}
WITH e AS (SELECT {parts} FROM {events} e),
seen AS (
  SELECT e.*, lag(lsn) OVER ({record}) AS was_lsn, lag(op) OVER ({record}) AS was_op,
    lag(body) OVER ({record}) AS was_body, lag(before_ms) OVER ({record}) AS was_ms FROM e),
changed AS (
  SELECT * FROM seen WHERE was_lsn IS NULL
    OR (was_lsn <> lsn AND (op <> 'r' OR was_op = 'd' OR coalesce(was_body, '') <> coalesce(body, '')))),
spans AS (
  SELECT changed.*, lead(coalesce(after_ms, was_ms)) OVER ({record}) AS ended_after_ms,
    lead(before_ms) OVER ({record}) AS ended_before_ms FROM changed)
SELECT
{columns}
FROM spans WHERE op <> 'd'`))
	w.statement(strings.Join(w.comments(name, doc, columns), ";\n"))
}
