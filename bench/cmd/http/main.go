// Command http measures rthttp beside net/http, in processes of their own, and makes a Markdown table of it. It needs wrk, and
// Linux.
//
//	go run ./bench/cmd/http                       # prints the table
//	go run ./bench/cmd/http -write docs/http.md   # puts it into a document, between two lines that are there
//
// Each round has both servers in turn, so that both see the same disturbances; the table has medians, and medians of the ratios of the rounds.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/bench/internal/document"
)

func main() {
	role := flag.String("serve", "", "be the server nethttp or rthttp")
	file := flag.String("write", "", "put the table into this document")
	rounds := flag.Int("rounds", 5, "how often to measure")
	long := flag.Duration("d", 5*time.Second, "how long wrk runs each time")
	idle := flag.Int("idle", 5000, "how many idle connections there are")
	flag.Parse()
	var err error
	if *role != "" {
		err = serve(*role)
	} else {
		err = measure(*file, *rounds, *long, *idle)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "http:", err)
		os.Exit(1)
	}
}

func measure(file string, rounds int, long time.Duration, idle int) error {
	place, err := document.Find(file, "http table")
	if err != nil {
		return err
	}
	made, err := table(rounds, long, idle)
	if err != nil {
		return err
	}
	return place.Put(made)
}

// row is what was measured of one thing: a value of rthttp and of net/http for each round.
type row struct {
	name, unit string
	goal       string
	ours, net  []float64
}

func (r *row) add(ours, net float64) { r.ours, r.net = append(r.ours, ours), append(r.net, net) }

func table(rounds int, long time.Duration, idle int) (string, error) {
	var rows []*row
	add := func(name, unit, goal string) *row {
		rows = append(rows, &row{name: name, unit: unit, goal: goal})
		return rows[len(rows)-1]
	}
	for _, conns := range []int{100, 5000} {
		rate := add(fmt.Sprintf("hello, wrk with %d connections", conns), "requests/s", "≥ 1.0")
		cpu := add(fmt.Sprintf("processor time of the server, %d connections", conns), "µs/request", "≤ 0.9")
		for range rounds {
			net, err := load("nethttp", conns, long)
			if err != nil {
				return "", err
			}
			ours, err := load("rthttp", conns, long)
			if err != nil {
				return "", err
			}
			rate.add(ours.rate, net.rate)
			cpu.add(ours.cpu, net.cpu)
		}
	}
	for _, kind := range []struct{ name, request, goal string }{
		{"idle keep-alive connection, resident memory", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "≤ 1,024 B"},
		{"idle connection that was hijacked, as a WebSocket", "GET /upgrade HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n", "≤ 1,024 B"},
	} {
		bytes := add(kind.name, "B", kind.goal)
		for range min(rounds, 3) {
			net, err := idleBytes("nethttp", kind.request, idle)
			if err != nil {
				return "", err
			}
			ours, err := idleBytes("rthttp", kind.request, idle)
			if err != nil {
				return "", err
			}
			bytes.add(ours, net)
		}
	}
	return printed(rows, rounds), nil
}

func printed(rows []*row, rounds int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d processors, %s %s/%s, wrk beside the servers, medians of %d rounds\n\n", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, rounds)
	out.WriteString("| measure | rthttp | net/http | ratio | goal |\n|---|--:|--:|--:|--:|\n")
	for _, r := range rows {
		ratios := make([]float64, len(r.ours))
		for i := range ratios {
			ratios[i] = r.ours[i] / r.net[i]
		}
		digits := 0
		if r.unit == "µs/request" {
			digits = 1
		}
		fmt.Fprintf(&out, "| %s | %.*f %s | %.*f %s | %.2f | %s |\n", r.name, digits, median(r.ours), r.unit, digits, median(r.net), r.unit, median(ratios), r.goal)
	}
	return out.String()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
