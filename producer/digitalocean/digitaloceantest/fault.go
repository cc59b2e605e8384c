package digitaloceantest

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/schema"
)

// Fault is something that goes wrong with requests. The first of those that match strikes.
type Fault struct {
	// Which requests: all that are zero match all.
	Resource string
	Path     string // a part of the path
	Page     int    // of a listing
	ByID     bool   // only a GET by id
	Skip     int    // so many pass first
	Times    int    // so many are struck; 0: until Clear

	// What happens.
	Before func(*Account)  // done to the account before it answers: a delete between two pages
	Lag    time.Duration   // a listing is as it was so long ago
	Effect func(*Response) // done to the response
}

// Fault adds a fault, behind those that are there.
func (a *Account) Fault(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &f)
}

// Clear ends all faults.
func (a *Account) Clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

// strike returns the fault that strikes a request.
func (a *Account) strike(t target, page int, path string) *Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, f := range a.faults {
		if !f.matches(t, page, path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times == 1 {
			a.faults = slices.Delete(slices.Clone(a.faults), i, i+1)
		}
		f.Times--
		return f
	}
	return nil
}

func (f *Fault) matches(t target, page int, path string) bool {
	return (f.Resource == "" || (t.row != nil && t.row.Name == f.Resource)) &&
		(f.Page == 0 || f.Page == page) && (!f.ByID || t.own != "") && strings.Contains(path, f.Path)
}

// Status returns with a status and DigitalOcean's JSON for it.
func Status(code int) func(*Response) {
	id := strings.ReplaceAll(strings.ToLower(http.StatusText(code)), " ", "_")
	return func(r *Response) { r.fail(code, id, http.StatusText(code)) }
}

// HTML responds with a status and a proxy's page.
func HTML(code int) func(*Response) {
	return func(r *Response) {
		r.Status, r.Body = code, []byte("<html><body><h1>"+http.StatusText(code)+"</h1>"+strings.Repeat("<p>nginx</p>",
			100)+"</body></html>")
		r.Header.Set("Content-Type", "text/html")
	}
}

// Empty returns 200 and an empty list.
func Empty(r *Response) {
	r.Status, r.Body, r.Records, r.Next, r.Total = http.StatusOK, nil, nil, "", 0
}

// Text returns 200 and a text.
func Text(body string) func(*Response) {
	return func(r *Response) { r.Status, r.Body = http.StatusOK, []byte(body) }
}

// CutBody breaks the connection in the middle of the body.
func CutBody(r *Response) { r.Cut = max(1, len(r.body())/2) }

// Hang never answers.
func Hang(r *Response) { r.Hang = true }

// Drip sends a byte at a time.
func Drip(every time.Duration) func(*Response) {
	return func(r *Response) { r.Drip = every }
}

// Pad adds spaces after the body.
func Pad(bytes int64) func(*Response) {
	return func(r *Response) { r.Pad = bytes }
}

// Throttle returns 429; with retry-after, as for a burst, unless it is negative.
func Throttle(retryAfter time.Duration) func(*Response) {
	return func(r *Response) {
		r.fail(http.StatusTooManyRequests, "too_many_requests", "API rate limit exceeded.")
		if retryAfter >= 0 {
			r.Header.Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
		}
	}
}

// Next has the page's link to the next one lead elsewhere.
func Next(url string) func(*Response) {
	return func(r *Response) { r.Next = url }
}

// Total states another meta.total.
func Total(n int) func(*Response) {
	return func(r *Response) { r.Total = n }
}

// Redirect returns 302.
func Redirect(url string) func(*Response) {
	return func(r *Response) {
		r.Status, r.Body = http.StatusFound, []byte(`{}`)
		r.Header.Set("Location", url)
	}
}

// Twice shows the page's first record a second time.
func Twice(r *Response) {
	if len(r.Records) > 0 {
		r.Records = append(r.Records, r.Records[0])
	}
}

// Shuffle brings the records, and every array in them that the catalogue declares a set, into another order.
func Shuffle(seed uint64) func(*Response) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	mix := func(v any) any {
		if list, ok := v.([]any); ok {
			rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		}
		return v
	}
	return func(r *Response) {
		if r.row == nil || r.Body != nil {
			return
		}
		rows := []*schema.Resource{r.row}
		for i, text := range r.Records {
			if !json.Valid(text) {
				continue
			}
			record := decode(text)
			for _, row := range rows {
				Each(record, row.Sets+" "+schema.Defaults().Sets, mix)
			}
			for _, child := range schema.Children(r.row.Name) {
				if child.Embed != "" {
					Each(record, schema.Paths(child.Embed), mix)
				}
			}
			r.Records[i] = encode(record)
		}
		rnd.Shuffle(len(r.Records), func(i, j int) { r.Records[i], r.Records[j] = r.Records[j], r.Records[i] })
	}
}

// Replace changes the text of the body, whatever it means then.
func Replace(old, new string) func(*Response) {
	return func(r *Response) { r.Body = bytes.ReplaceAll(r.body(), []byte(old), []byte(new)) }
}
