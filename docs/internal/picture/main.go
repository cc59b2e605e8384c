// Command picture draws lines of a terminal as an SVG, for the README:
//
//	go run ./cmd/seachange demo --for 20s | go run ./docs/internal/picture > docs/demo.svg
//
// It leaves out the long list of the initial snapshot, and shortens ids and lines that are too wide for a page.
package main

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// Sizes in pixels. A column is as wide as the monospace fonts of browsers draw a character of this size.
const (
	columns    = 118
	fontSize   = 13
	column10   = 78 // a tenth of a pixel
	lineHeight = 19
	margin     = 18
	titleBar   = 30
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	lines, err := read(in)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, draw(lines))
	return err
}

var (
	uuid     = regexp.MustCompile(`([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	snapshot = regexp.MustCompile(`^  (\w+ \d+, )*\w+ \d+,?$`)
	headline = regexp.MustCompile(`^\d+\. `)
	event    = regexp.MustCompile(`^(  )(\S+Z )(created |updated |deleted )(.*)$`)
)

// read returns the lines from the first scene on, up to what to do next.
func read(in io.Reader) ([]string, error) {
	var lines []string
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		line := uuid.ReplaceAllString(scanner.Text(), "$1…")
		switch {
		case strings.HasPrefix(line, "What to do next"):
			return lines, nil
		case len(lines) == 0 && !headline.MatchString(line), snapshot.MatchString(line):
		default:
			lines = append(lines, shorten(line))
		}
	}
	return lines, scanner.Err()
}

func shorten(line string) string {
	if runes := []rune(line); len(runes) > columns {
		return string(runes[:columns-1]) + "…"
	}
	return line
}

const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" role="img" aria-label="%[3]s">
<style>text{font:%[4]dpx ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d6deeb;white-space:pre}
.h{font-weight:bold;fill:#fff}.t{fill:#7f8ea3}.c{fill:#7bd88f}.u{fill:#fc9867}.d{fill:#fc618d}</style>
<rect width="100%%" height="100%%" rx="8" fill="#0b1d33"/>
<circle cx="20" cy="17" r="6" fill="#fc618d"/>
<circle cx="40" cy="17" r="6" fill="#fce566"/>
<circle cx="60" cy="17" r="6" fill="#7bd88f"/>
`

func draw(lines []string) string {
	var b strings.Builder
	width, height := columns*column10/10+2*margin, titleBar+len(lines)*lineHeight+margin
	fmt.Fprintf(&b, head, width, height, "seachange demo in a terminal", fontSize)
	for i, line := range lines {
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%s</text>\n", margin, titleBar+(i+1)*lineHeight-4, spans(line))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// spans colours a line: headlines, and of events the time and the operation.
func spans(line string) string {
	if headline.MatchString(line) {
		return span("h", line)
	}
	m := event.FindStringSubmatch(line)
	if m == nil {
		return escape(line)
	}
	return m[1] + span("t", m[2]) + span(m[3][:1], m[3]) + escape(m[4])
}

func span(class, text string) string {
	return `<tspan class="` + class + `">` + escape(text) + "</tspan>"
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder never fails
	return b.String()
}
