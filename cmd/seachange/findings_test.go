package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema"
)

// A finding says who mutes it, and the command that does; also when the brokers are away.
func TestAFindingSaysWhoMutesIt(t *testing.T) {
	t.Parallel()
	b, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p := &pages{
		env: &env{}, client: client.Client{Brokers: []string{b.Addr()}}, prefix: "digitalocean",
	}
	p.Logger = slog.New(slog.DiscardHandler)
	body := `{"mysql_settings":{"auth_plugin":"mysql_native_password"}}`
	ev := &schema.Event{
		Op: schema.Created, TsMS: time.Now().UnixMilli(), After: &schema.Row{AccountID: "acme", ID: "db-1/it's", Body: &body},
		Source: schema.Source{
			Connector: schema.Connector, Name: "digitalocean", DB: "acme", Schema: "digitalocean",
			Table: "database_users", LSN: 1,
		},
	}
	w, err := p.client.OpenWriter(t.Context(), "digitalocean.database_users")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(t.Context(), client.Record{Value: ev.Marshal()}), w.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	p.index, err = index.Open(t.Context(), index.Options{Client: p.client, Prefix: p.prefix, Logger: p.Logger})
	if err != nil {
		t.Fatal(err)
	}
	defer p.index.Close()
	if err := p.index.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err := p.newFindings()
	if err != nil {
		t.Fatal(err)
	}
	only := func() console.Finding {
		t.Helper()
		all, err := f.list(t.Context())
		if err != nil || len(all) != 2 {
			t.Fatalf("%v: %+v, want the user's coming and its old password", err, all)
		}
		i := slices.IndexFunc(all, func(f console.Finding) bool { return f.Rule == "database-mysql-legacy-password" })
		if other := all[1-i]; other.Silence != "" {
			t.Errorf("another finding is muted, too: %+v", other)
		}
		return all[i]
	}
	const command = `seachange silence add --for 8h --match 'key == ` +
		`"database-mysql-legacy-password/database_users/db-1/it'\''s" && account == "acme"'`
	if one := only(); one.Silence != "" || one.Command != command {
		t.Errorf("muted by nobody: %q, to mute it %s", one.Silence, one.Command)
	}
	s := &alert.Silence{
		ID: "s-1", By: "ops", Comment: "known", Begins: time.Now().Add(-time.Hour), Until: time.Now().Add(time.Hour),
		Match: `key == "database-mysql-legacy-password/database_users/db-1/it's" && account == "acme"`,
	}
	if err := alert.WriteSilence(t.Context(), p.client, p.prefix, s); err != nil {
		t.Fatal(err)
	}
	silenced := func() {
		t.Helper()
		one := only()
		if !strings.HasPrefix(one.Silence, "silenced by ops until ") || !strings.HasSuffix(one.Silence, ": known") ||
			one.Command != "seachange silence expire 's-1'" {
			t.Errorf("muted by %q, to have it told again %s", one.Silence, one.Command)
		}
	}
	silenced()
	b.Close()
	silenced()
}
