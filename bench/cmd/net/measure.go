//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A measure is one of the things that are measured, the same for each server.
type measure struct {
	name   string
	unit   string
	tls    bool
	pinned bool // the server has a processor, and its clients have another one
	take   func(p *process) (values []float64, err error)
	also   string // the name of a second value of the same run; "": none
	per    string // its unit
}

var measures = []measure{
	{name: "idle connection, RSS", unit: "B", take: func(p *process) ([]float64, error) { return idleRSS(p, *idle, false) }},
	{name: "idle TLS connection, RSS", unit: "B", tls: true, take: func(p *process) ([]float64, error) { return idleRSS(p, *idle/5, true) }},
	echoes(200, false),
	echoes(5000, false),
	echoes(200, true),
	echoes(5000, true),
}

// echoes measures echoes of 64 bytes over n connections.
func echoes(n int, pinned bool) measure {
	how := ""
	if pinned {
		how = ", pinned"
	}
	return measure{
		name: fmt.Sprintf("echo, %d connections%s, processor time of the server", n, how), unit: "µs",
		also: fmt.Sprintf("echo, %d connections%s, echoes per second", n, how), per: "",
		pinned: pinned,
		take: func(p *process) ([]float64, error) {
			return echo64(p, n, time.Duration(*seconds*float64(time.Second)))
		},
	}
}

// results are the values of one row: by server, by round.
type results map[string][]float64

// measureAll measures all, and gives the table. In each round each server has its turn.
func measureAll(servers []server) (string, error) {
	var b strings.Builder
	b.WriteString("| measure |")
	for _, s := range servers {
		b.WriteString(" " + s.name + " |")
	}
	b.WriteString(" rtnet / net |\n|---|" + strings.Repeat("--:|", len(servers)+1) + "\n")
	for _, m := range measures {
		if m.pinned && processors < 2 || !strings.Contains(m.name, *rows) {
			continue
		}
		taken := []results{{}, {}}
		for round := range *rounds {
			for i := range servers {
				s := servers[(i+round)%len(servers)]
				if m.tls && s.tls == nil {
					continue
				}
				values, err := measureOne(s, m)
				if err != nil {
					return "", fmt.Errorf("%s: %s: %w", s.name, m.name, err)
				}
				for j, v := range values {
					taken[j][s.name] = append(taken[j][s.name], v)
				}
			}
		}
		line(&b, m.name, m.unit, servers, taken[0])
		if m.also != "" {
			line(&b, m.also, m.per, servers, taken[1])
		}
	}
	return b.String(), nil
}

// measureOne starts s and measures m.
func measureOne(s server, m measure) ([]float64, error) {
	p, err := start(s, m)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	return m.take(p)
}

// line writes a line of the table. The ratio is the median of those of the rounds.
func line(b *strings.Builder, name, unit string, servers []server, r results) {
	fmt.Fprintf(b, "| %s |", name)
	for _, s := range servers {
		if len(r[s.name]) == 0 {
			b.WriteString(" |")
			continue
		}
		fmt.Fprintf(b, " %s |", strings.TrimSpace(number(median(r[s.name]))+" "+unit))
	}
	var ratios []float64
	for i, v := range r["rtnet"] {
		if i < len(r["net"]) {
			ratios = append(ratios, v/r["net"][i])
		}
	}
	if len(ratios) > 0 {
		fmt.Fprintf(b, " %.2f |", median(ratios))
	}
	b.WriteString("\n")
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}

func number(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
