// Package console shows what the topics tell, in a browser: what is watched, what changed, each record's life, and the
// accounts at any moment. It only reads, and only the index.
package console

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/status"
)

// Options say what a console shows.
type Options struct {
	Index   *index.Index
	Prefix  string // of the topics
	Brokers string // as kcat wants them, for the commands to copy
	Version string
	// Report is what this process knows of its accounts' budgets; nil where it watches none.
	Report func() status.Report
	// Findings are what rules found in the topics; nil leaves the page out.
	Findings func(context.Context) ([]Finding, error)
	Logger   *slog.Logger
}

// Finding is a change that met a rule.
type Finding struct {
	Rule, Severity, Title, Advice string
	Where, What                   string // in words
	Account, Resource, ID         string // of the record that it is about, which need not be the one that changed
	Change                        *index.Change
	Still                         string // what became of it: still so, changed since, gone
	Silence                       string // who mutes it, until when and why, in words; "" if nobody does
	Command                       string // that mutes it, or has it told again
}

//go:embed templates
var templates embed.FS

//go:embed assets
var assets embed.FS

// Console is an http.Handler. It serves until ctx ends: streams of live changes end with it.
type Console struct {
	o     Options
	ctx   context.Context // a handler's life, which ends open streams
	pages map[string]*template.Template
	mux   *http.ServeMux
	live  *hub
}

// New makes a console. Its Run hands on what comes.
func New(ctx context.Context, o Options) *Console {
	c := &Console{o: o, ctx: ctx, pages: map[string]*template.Template{}, mux: http.NewServeMux(), live: newHub()}
	for _, name := range []string{"now", "changes", "change", "record", "then", "alerts", "search", "message"} {
		c.pages[name] = template.Must(template.New("base.html").Funcs(functions).
			ParseFS(templates, "templates/base.html", "templates/parts.html", "templates/"+name+".html"))
	}
	c.route()
	return c
}

func (c *Console) route() {
	for path, page := range map[string]func(*http.Request) (*page, error){
		"/{$}": c.now, "/changes": c.changes, "/changes/{account}/{lsn}": c.change, "/record": c.record, "/then": c.then,
		"/alerts": c.alerts, "/search": c.search,
	} {
		c.mux.HandleFunc("GET "+path, c.serve(page))
	}
	c.mux.HandleFunc("GET /event/{account}/{lsn}", c.event)
	c.mux.HandleFunc("GET /then/{file}", c.download)
	c.mux.HandleFunc("GET /live", c.stream)
	files, _ := fs.Sub(assets, "assets")
	c.mux.Handle("GET /assets/", http.StripPrefix("/assets/", cached(http.FileServerFS(files))))
	c.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.fail(w, r, &notFound{"There is no such page."})
	})
}

// cached lets browsers keep what a release never changes; another release has another query. Pages are never kept
// (ServeHTTP): they show what may not be seen any more after a log-out.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=86400")
		h.ServeHTTP(w, r)
	})
}

// ServeHTTP serves a page. What guards it is not here, but in Guard. The headers have browsers run no script and
// load nothing but ours, whatever the name of a record may be.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
			"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

// page is what a template is given.
type page struct {
	Name, Title string // of the template; of the page
	Nav         string // the path of the entry of the menu that it belongs to
	Query       string // of the search box
	Live        string // the query of its stream; "" has none
	State       index.State
	Version     string
	HasAlerts   bool
	Data        any
}

// notFound is what is not there.
type notFound struct{ text string }

func (e *notFound) Error() string { return e.text }

// badInput is a question that makes no sense.
type badInput struct{ text string }

func (e *badInput) Error() string { return e.text }

// serve makes a handler of a page. Before the index has read the topics to their end no page is shown: half of them
// would look like a quiet account.
func (c *Console) serve(f func(*http.Request) (*page, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s := c.o.Index.State(); !s.Ready {
			c.render(w, http.StatusServiceUnavailable,
				&page{Name: "message", Title: "Reading the topics", Data: c.progress(s), Live: "wait=1"})
			return
		}
		p, err := f(r)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		c.render(w, http.StatusOK, p)
	}
}

// message is a page that only says something.
type message struct{ Text, Detail string }

func (c *Console) progress(s index.State) message {
	m := message{Text: "The pages come as soon as all topics are read."}
	if s.Events > 0 || s.Behind > 0 {
		m.Detail = fmt.Sprintf("%s events are read, about %s are to come.", thousands(s.Events), thousands(s.Behind))
	}
	return m
}

func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	code, p := http.StatusInternalServerError, &page{Name: "message", Title: "That failed"}
	var none *notFound
	var bad *badInput
	var trimmed *index.TrimmedError
	switch {
	case r.Context().Err() != nil:
		return // nobody waits for it
	case errors.As(err, &none), errors.Is(err, index.ErrNone):
		code, p.Title = http.StatusNotFound, "Not there"
	case errors.As(err, &bad), errors.As(err, &trimmed):
		code, p.Title = http.StatusBadRequest, "That can't be shown"
	default:
		c.o.Logger.Error("console", "path", r.URL.Path, "err", err)
	}
	p.Data = message{Text: sentence(err.Error())}
	c.render(w, code, p)
}

func (c *Console) render(w http.ResponseWriter, code int, p *page) {
	p.State, p.Version, p.HasAlerts = c.o.Index.State(), c.o.Version, c.o.Findings != nil
	var b bytes.Buffer
	if err := c.pages[p.Name].ExecuteTemplate(&b, "base.html", p); err != nil {
		c.o.Logger.Error("console", "page", p.Name, "err", err)
		http.Error(w, "the page can't be made; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes()) // the reader may have gone
}

// query makes a URL of a path and pairs of names and values; empty values are left out.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}
