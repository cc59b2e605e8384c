package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/scrub"
)

type scrubCmd struct {
	config.Kafka
	outputFlag
	Resources []string `arg:"" optional:"" help:"Search the events of these resources only."`
	Match     string   `help:"A regular expression (RE2) for the secret. The command line shows it to whoever sees this machine's processes." placeholder:"PATTERN"`
	MatchFile string   `help:"Read the regular expression from a file; - is stdin." placeholder:"FILE"`
}

// Run says which partitions hold what matches, and how to get rid of it. That there are any is an error, for scripts.
func (c *scrubCmd) Run(ctx context.Context, e *env) error {
	if _, err := config.Named(c.Resources); err != nil {
		return err
	}
	match, err := c.pattern()
	if err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	finds, err := scrub.Search(ctx, scrub.Options{
		Client: cl, Prefix: c.TopicPrefix, Resources: c.Resources, Directory: c.DataDir != "", Match: match, Logger: e.Logger,
	})
	if err != nil {
		return err
	}
	if err := c.print(e, finds); err != nil {
		return err
	}
	records := 0
	for _, f := range finds {
		records += f.Records
	}
	if records > 0 {
		return fmt.Errorf("%d records hold what matches: make the secret invalid where it came from, before all else",
			records)
	}
	return nil
}

// pattern compiles what is searched for. Its errors don't show it.
func (c *scrubCmd) pattern() (*regexp.Regexp, error) {
	if (c.Match == "") == (c.MatchFile == "") {
		return nil, config.Errorf("what is to be found? give --match PATTERN, or --match-file FILE")
	}
	text := c.Match
	if c.MatchFile != "" {
		read := os.ReadFile
		if c.MatchFile == "-" {
			read = func(string) ([]byte, error) { return io.ReadAll(os.Stdin) }
		}
		b, err := read(c.MatchFile)
		if err != nil {
			return nil, config.Errorf("--match-file: %w", err)
		}
		text = strings.TrimRight(string(b), "\r\n")
	}
	match, err := regexp.Compile(text)
	if err != nil || text == "" {
		return nil, config.Errorf("--match: not a regular expression that RE2 knows; \\Q…\\E takes a text as it stands")
	}
	if match.MatchString("") {
		return nil, config.Errorf("--match: it matches every record, as it matches an empty text")
	}
	return match, nil
}

func (c *scrubCmd) print(e *env, finds []*scrub.Find) error {
	if c.Output == "json" {
		return e.printJSON(finds)
	}
	if len(finds) == 0 {
		_, err := fmt.Fprintln(e.stdout, "no record holds what matches")
		return err
	}
	var rows [][]string
	for _, f := range finds {
		rows = append(rows, []string{
			f.Topic, strconv.Itoa(int(f.Partition)), strconv.Itoa(f.Records), offsets(f.Offsets), strings.Join(f.In, ","),
			f.Remedy,
		})
	}
	return e.printTable([]string{"TOPIC", "PARTITION", "RECORDS", "OFFSETS", "IN", "HOW TO GET RID OF IT"}, rows)
}

// mostSpans bounds a line: a person reads the first few, --output json has them all.
const mostSpans = 5

func offsets(spans []scrub.Span) string {
	var all []string
	for _, s := range spans[:min(len(spans), mostSpans)] {
		all = append(all, s.String())
	}
	if more := len(spans) - mostSpans; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ",")
}
