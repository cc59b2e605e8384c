// Command plot draws docs/explanation/freshness.svg: how long a change waits to be seen against the requests that are
// spent, for learned intervals and for one interval for all. It needs the traces; see docs/explanation/freshness.md.
package main

import (
	"cmp"
	"fmt"
	"log"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/seachange/seachange/producer/schedule/internal/play"
)

var budgets = []int{1000, 2000, 3000, 4000} // requests an hour

type curve struct {
	fleet         string
	ours, uniform []float64 // mean seconds, by budget
}

func main() {
	folder, err := play.Folder(".")
	if err != nil {
		log.Fatal(err)
	}
	fleets, err := play.Fleets(folder)
	if err != nil {
		log.Fatal(err)
	}
	var curves []curve
	for _, name := range []string{"small", "medium", "large"} {
		if len(fleets[name]) == 0 {
			continue
		}
		c, err := measure(name, fleets[name])
		if err != nil {
			log.Fatal(err)
		}
		curves = append(curves, c)
	}
	if err := os.WriteFile("docs/explanation/freshness.svg", []byte(draw(curves)), 0o644); err != nil {
		log.Fatal(err)
	}
}

// measure plays a fleet at every budget. Two traces are enough for a picture.
func measure(name string, files []string) (curve, error) {
	c := curve{fleet: name}
	for _, budget := range budgets {
		var ours, uniform []*play.Result
		for _, file := range files[:min(len(files), 2)] {
			t, err := play.Load(file)
			if err != nil {
				return c, err
			}
			limit := int(float64(budget) / play.Share)
			ours = append(ours, play.Learned(t, play.Options{PerHour: limit, Gates: true}))
			uniform = append(uniform, play.Uniform(t, float64(budget)))
		}
		c.ours = append(c.ours, play.Join(ours).Mean())
		c.uniform = append(c.uniform, play.Join(uniform).Mean())
		fmt.Printf("%s %d/h: learned %.1f s, uniform %.1f s\n", name, budget, c.ours[len(c.ours)-1],
			c.uniform[len(c.uniform)-1])
	}
	return c, nil
}

const (
	width, height = 790, 420
	left, right   = 70.0, 600.0
	top, bottom   = 40.0, 360.0
	least, most   = 3.0, 20000.0 // seconds
)

func x(requests float64) float64 { return left + (right-left)*(requests-800)/(4200-800) }

func y(seconds float64) float64 {
	return bottom - (bottom-top)*math.Log(seconds/least)/math.Log(most/least)
}

func draw(curves []curve) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	b.WriteString(`<title>Mean time from a change to its detection, against requests an hour</title>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for _, tick := range []struct {
		at   float64
		text string
	}{{5, "5 s"}, {20, "20 s"}, {60, "1 min"}, {300, "5 min"}, {1800, "30 min"}, {7200, "2 h"}} {
		fmt.Fprintf(&b, `<line x1="%.0f" x2="%.0f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.0f" y="%.1f" text-anchor="end" fill="#444">%s</text>`+"\n",
			left, right, y(tick.at), y(tick.at), left-8, y(tick.at)+4, tick.text)
	}
	for _, n := range budgets {
		fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle" fill="#444">%d</text>`+"\n", x(float64(n)), bottom+20,
			n)
	}
	fmt.Fprintf(&b, `<text x="%.0f" y="%.0f" text-anchor="middle" fill="#444">requests an hour</text>`+"\n",
		(left+right)/2, bottom+42)
	fmt.Fprintf(&b, `<text x="%.0f" y="22" fill="#222">mean time from a change to its detection</text>`+"\n", left)
	var names []name
	for i, c := range curves {
		colour := []string{"#0a7", "#06c", "#c30"}[i%3]
		names = append(names,
			line(&b, c.uniform, colour, ` stroke-dasharray="5 4"`, c.fleet+", one interval for all"),
			line(&b, c.ours, colour, ` stroke-width="2.5"`, c.fleet+", seachange"))
	}
	write(&b, names)
	b.WriteString("</svg>\n")
	return b.String()
}

// name stands at the end of a line.
type name struct {
	y            float64
	colour, text string
}

// write puts the names beside their lines, one below the other.
func write(b *strings.Builder, names []name) {
	slices.SortFunc(names, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	last := 0.0
	for _, n := range names {
		last = max(n.y+4, last+15)
		fmt.Fprintf(b, `<text x="%.0f" y="%.1f" fill="%s">%s</text>`+"\n", right-15, last, n.colour, n.text)
	}
}

func line(b *strings.Builder, seconds []float64, colour, style, text string) name {
	var points []string
	for i, s := range seconds {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(float64(budgets[i])), y(s)))
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s"%s/>`+"\n", strings.Join(points, " "), colour, style)
	return name{y(seconds[len(seconds)-1]), colour, text}
}
