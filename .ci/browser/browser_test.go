// Package browser looks at the console as people do: in Chromium, while the demo's story happens.
package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var (
	binary = flag.String("seachange", "", "the program to look at")
	axe    = flag.String("axe", "", "axe.min.js, the rules of accessibility")
	shots  = flag.String("shots", "", "write the screenshots of the pages into this directory, and test nothing else")
)

// demo is a running demo whose story is over, and its console's address.
func demo(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, *binary, "demo")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait() //nolint:errcheck // it was told to end
	})
	url, lines := "", bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`browser while this runs: (\S+)/`).FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
		if strings.Contains(lines.Text(), "What to do next") {
			go io.Copy(io.Discard, out) //nolint:errcheck // ends with the demo
			return url
		}
	}
	t.Fatal("the demo ended before its story was told")
	return ""
}

// tab is a tab of Chromium, and what went wrong in it.
type tab struct {
	*testing.T
	context.Context
	url string

	mu     sync.Mutex
	faults []string
}

// open starts Chromium; dark is what the reader prefers.
func open(t *testing.T, url string, dark bool) *tab {
	t.Helper()
	flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1360, 900))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, _ = chromedp.NewContext(ctx)
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(func() { late(); cancel() })
	b := &tab{T: t, Context: ctx, url: url}
	chromedp.ListenTarget(ctx, b.hear)
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	b.do(network.Enable(), runtime.Enable(), cdplog.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
	return b
}

// hear collects errors of the console, and requests to anywhere else.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, ev.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.APITypeError || ev.Type == runtime.APITypeWarning {
			b.faults = append(b.faults, fmt.Sprint("console: ", string(ev.Args[0].Value)))
		}
	case *cdplog.EventEntryAdded:
		b.faults = append(b.faults, ev.Entry.Text+" "+ev.Entry.URL)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(ev.Request.URL, b.url+"/") {
			b.faults = append(b.faults, "a request to "+ev.Request.URL)
		}
	}
}

// flawless fails if anything went wrong since it was last asked.
func (b *tab) flawless(where string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.Errorf("%s: %s", where, f)
	}
	b.faults = nil
}

func (b *tab) do(actions ...chromedp.Action) {
	b.Helper()
	if err := chromedp.Run(b.Context, actions...); err != nil {
		b.Fatal(err)
	}
}

func (b *tab) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.url + path))
	b.until("the page is there", `document.querySelector('main') && document.readyState === 'complete'`)
}

// eval is what JavaScript says of the page.
func eval[T any](b *tab, js string) (v T) {
	b.Helper()
	b.do(chromedp.Evaluate(js, &v, waited))
	return v
}

// waited is what a promise brings.
func waited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// until waits for what must happen; a page that goes away meanwhile says nothing.
func (b *tab) until(what, js string) {
	b.Helper()
	var err error
	for range 300 {
		var happened bool
		err = chromedp.Run(b.Context, chromedp.Evaluate("!!("+js+")", &happened, waited))
		if err == nil && happened {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.Fatalf("not in 30 s: %s: %s: %v", what, js, err)
}

// accessible holds the page against axe-core's rules, of WCAG 2.2 AA and best practices.
func (b *tab) accessible(where string) {
	b.Helper()
	rules, err := os.ReadFile(*axe)
	if err != nil {
		b.Fatal(err)
	}
	var report string
	b.do(chromedp.Evaluate(string(rules)+";0", nil), chromedp.Evaluate(
		`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary)}))))`,
		&report, waited))
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(report), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: axe %s: %s: %d places, such as %s", where, v.ID, v.Help, len(v.Nodes), v.Nodes[0])
	}
}

// paths are the pages of the demo's story, by name.
func paths(b *tab) map[string]string {
	b.open("/changes?resource=firewalls&text=22")
	open := eval[string](b, `document.querySelector('.change a.open').getAttribute('href')`)
	record := eval[string](b, `document.querySelector('.change a.name').getAttribute('href')`)
	return map[string]string{
		"now": "/", "changes": "/changes", "everything": "/changes?op=all", "change": open, "record": record, "then": "/then",
		"then-diff": "/then?at=" + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339) + "&with=now", "alerts": "/alerts",
		"search": "/search?q=web", "nothing-found": "/search?q=nothing-is-called-so", "impossible": "/then?at=yesterday-ish",
	}
}

func TestConsole(t *testing.T) {
	if *binary == "" || *axe == "" || *shots != "" {
		t.Skip("needs -seachange PROGRAM and -axe FILE, without -shots: bash .ci/run gives them")
	}
	url := demo(t)
	for _, dark := range []bool{false, true} {
		t.Run(fmt.Sprintf("every page, dark %v", dark), func(t *testing.T) { everyPage(t, open(t, url, dark)) })
	}
	b := open(t, url, false)
	t.Run("the question", func(t *testing.T) { b.T = t; theQuestion(b) })
	t.Run("filters", func(t *testing.T) { b.T = t; filters(b) })
	t.Run("live", func(t *testing.T) { b.T = t; live(b) })
	t.Run("keys", func(t *testing.T) { b.T = t; keys(b) })
	t.Run("slider", func(t *testing.T) { b.T = t; slider(b) })
	t.Run("small", func(t *testing.T) { b.T = t; small(b) })
}

// shifts are what moved by itself, each with how far, as Chromium counts it; a change that came moves what is below it.
const shifts = `new Promise((tell) => {
  const all = [];
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) {
      if (e.sources.length === 0) all.push(String(e.value));
      for (const {node} of e.sources) {
        all.push(e.value + ' ' + (node?.outerHTML ?? node?.textContent ?? '').slice(0, 120));
      }
    }
  }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => tell(document.querySelector('.change.fresh') ? [] : all), 150);
})`

func everyPage(t *testing.T, b *tab) {
	t.Helper()
	for name, path := range paths(b) {
		b.open(path)
		if eval[string](b, "document.querySelector('h1')?.textContent ?? ''") == "" {
			t.Errorf("%s has no headline", name)
		}
		for _, shift := range eval[[]string](b, shifts) {
			t.Errorf("%s: the layout shifts by %s", name, shift)
		}
		b.accessible(name)
		if name == "impossible" {
			b.faults = nil // Chromium calls an answer of 400 an error
		}
		b.flawless(name)
	}
}

// theQuestion is that of a newcomer: which rule opened port 22, when at the earliest and latest, and what was before?
func theQuestion(b *tab) {
	b.open("/")
	b.until("the story is on the first page", `[...document.querySelectorAll('.change')].some(c => c.textContent.includes('inbound tcp 22 from 0.0.0.0/0'))`)
	b.until("so is the budget", `document.querySelector('.budget meter')`)
	b.do(chromedp.Evaluate(`[...document.querySelectorAll('.change')].find(c => c.textContent.includes('added: inbound tcp 22')).querySelector('a.open').click()`, nil))
	b.until("the window is there", `/between \S+ \S+ and \S+ UTC/.test(document.querySelector('.facts')?.textContent)`)
	b.until("before, there was no port 22", `[...document.querySelectorAll('.diff .add')].some(c => c.textContent.includes('"22"')) && ![...document.querySelectorAll('.diff .del')].some(c => c.textContent.includes('"22"'))`)
	b.flawless("the question")
}

func filters(b *tab) {
	b.open("/changes")
	b.do(chromedp.Evaluate(`{const s = document.querySelector('select[name=op]'); s.value = 'd'; s.dispatchEvent(new Event('change'));}`, nil))
	b.until("the address says so", `location.search === '?op=d'`)
	b.until("only what was deleted", `document.querySelectorAll('.change').length > 0 && [...document.querySelectorAll('.change .op')].every(o => o.textContent === 'deleted')`)
	b.do(chromedp.Evaluate(`{const f = document.getElementById('filter'); f.elements.text.value = 'bastion'; f.requestSubmit();}`, nil))
	b.until("by text", `location.search.includes('text=bastion') && document.querySelectorAll('.change').length === 1`)
	b.flawless("filters")
}

// live: the demo goes on with a change now and then.
func live(b *tab) {
	b.open("/changes?resource=firewalls")
	before := eval[string](b, `document.querySelector('.change').dataset.key`)
	b.until("a new change is on top, without the page being loaded anew", fmt.Sprintf(`document.querySelector('.change').dataset.key !== %q && document.querySelector('.change.fresh')`, before))
	b.open("/changes?resource=droplets")
	time.Sleep(6 * time.Second) // a firewall changes every five
	if eval[bool](b, `!!document.querySelector('.change.fresh')`) {
		b.Error("a page of Droplets is told of a firewall")
	}
	b.flawless("live")
}

// keys walks by the keyboard alone.
func keys(b *tab) {
	b.open("/")
	b.do(chromedp.KeyEvent(kb.Tab))
	b.until("the first stop leads to the content", `document.activeElement.matches('.skip')`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.do(chromedp.KeyEvent("j"))
	b.until("j goes to the first change", `document.activeElement === document.querySelector('.change a.open')`)
	b.do(chromedp.KeyEvent("/"))
	b.until("/ searches", `document.activeElement.id === 'q'`)
	b.do(chromedp.KeyEvent("203.0.113.99"), chromedp.KeyEvent(kb.Enter))
	b.until("the search finds the Droplet by its address", `location.pathname === '/search' && document.querySelector('.change .name')?.textContent.includes('web-3')`)
	for range 60 { // everything that a mouse can click has the focus at some time, and shows it
		b.do(chromedp.KeyEvent(kb.Tab))
		if !eval[bool](b, `document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none' || document.activeElement.matches('main')`) {
			b.Errorf("the focus can't be seen on %s", eval[string](b, `document.activeElement.outerHTML.slice(0, 120)`))
		}
	}
	b.flawless("keys")
}

func slider(b *tab) {
	b.open("/then")
	b.do(chromedp.Evaluate(`{const s = document.getElementById('slide'); s.value = s.min; s.dispatchEvent(new Event('input')); s.dispatchEvent(new Event('change'));}`, nil))
	b.until("the slider asks for its moment", `/at=\d{4}-\d\d-\d\dT/.test(location.search) && document.querySelectorAll('.group').length > 0`)
	b.until("what was first seen later is unknown", `document.querySelector('.sure.unknown')`)
	b.flawless("slider")
}

// small is a telephone: nothing stands beside the page.
func small(b *tab) {
	b.do(chromedp.EmulateViewport(390, 800))
	for name, path := range paths(b) {
		b.open(path)
		b.do(chromedp.Evaluate(`document.querySelectorAll('details').forEach((d) => { d.open = true; })`, nil))
		if over := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			b.Errorf("%s is %d pixels too wide", name, over)
		}
	}
	b.faults = nil
}

// TestScreenshots makes the pictures of the docs.
func TestScreenshots(t *testing.T) {
	if *shots == "" {
		t.Skip("needs -shots DIR, which gets the pictures of the docs")
	}
	url := demo(t)
	for _, dark := range []bool{false, true} {
		b := open(t, url, dark)
		all := paths(b)
		b.do(chromedp.EmulateViewport(1280, 860, chromedp.EmulateScale(1)))
		for _, name := range []string{"now", "changes", "change", "record", "then", "then-diff", "alerts", "search"} {
			b.open(all[name])
			time.Sleep(700 * time.Millisecond)
			var png []byte
			b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
				png, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
				return err
			}))
			if dark {
				name += "-dark"
			}
			if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
