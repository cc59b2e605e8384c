package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Span is a duration in which a day may be said: 30d.
type Span time.Duration

// UnmarshalText reads "90s", "720h" or "30d"; a lone 0 needs no unit.
func (s *Span) UnmarshalText(text []byte) error {
	t := string(text)
	if days, ok := strings.CutSuffix(t, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			t = fmt.Sprintf("%dh", 24*n)
		}
	}
	d, err := time.ParseDuration(t)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a time: write it as 90s, 5m, 720h or 30d", text)
	}
	*s = Span(d)
	return nil
}

// UnmarshalYAML adds the line.
func (s *Span) UnmarshalYAML(node ast.Node) error { return ofLine(node, s) }

// Interval is a time between two looks, or 0: learned.
type Interval time.Duration

// UnmarshalText reads "learned" or a time.
func (i *Interval) UnmarshalText(text []byte) error {
	if string(text) == "learned" {
		*i = 0
		return nil
	}
	var s Span
	if err := s.UnmarshalText(text); err != nil || s == 0 {
		return fmt.Errorf("%q is not a time: write 90s or 5m, or learned", text)
	}
	*i = Interval(s)
	return nil
}

// UnmarshalYAML adds the line.
func (i *Interval) UnmarshalYAML(node ast.Node) error { return ofLine(node, i) }

// Percent is a share of 0 to 1.
type Percent float64

// UnmarshalText reads "80%".
func (p *Percent) UnmarshalText(text []byte) error {
	n, err := strconv.ParseFloat(strings.TrimSuffix(string(text), "%"), 64)
	if err != nil || !strings.HasSuffix(string(text), "%") || math.IsNaN(n) || n < 5 || n > 100 {
		return fmt.Errorf("%q is not a share: write it as 80%%, from 5%% to 100%%", text)
	}
	*p = Percent(n / 100)
	return nil
}

// UnmarshalYAML adds the line.
func (p *Percent) UnmarshalYAML(node ast.Node) error { return ofLine(node, p) }

func ofLine(node ast.Node, into interface{ UnmarshalText([]byte) error }) error {
	t := node.GetToken()
	if err := into.UnmarshalText([]byte(t.Value)); err != nil {
		return fmt.Errorf("line %d: %w", t.Position.Line, err)
	}
	return nil
}
