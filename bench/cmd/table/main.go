// Command table makes a Markdown table of the benchmarks' output:
//
//	go test -bench . -count 5 ./bench/... | go run ./bench/cmd/table
//
// A benchmark that has run several times is one line, with the medians. With -write it runs the benchmarks itself, and
// puts the table into a document, between two lines that are there:
//
//	go run ./bench/cmd/table -write docs/performance.md
//
// What follows two dashes goes to go test.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/bench/internal/document"
)

func main() {
	file := flag.String("write", "", "run the benchmarks, and put the table into this document")
	count := flag.Int("count", 5, "how often to run them")
	flag.Parse()
	var err error
	if *file != "" {
		err = write(*file, *count, flag.Args())
	} else {
		err = table(os.Stdout, os.Stdin)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "table: %v\n", err)
		os.Exit(1)
	}
}

// write runs the benchmarks, and replaces the table of the document.
func write(file string, count int, args []string) error {
	place, err := document.Find(file, "table")
	if err != nil {
		return err
	}
	args = append([]string{"test", "-run", "^$", "-bench", ".", "-timeout", "0", "-count", strconv.Itoa(count), "./bench"}, args...)
	cmd := exec.Command("go", args...)
	var out, made bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	for line := range strings.Lines(out.String()) {
		if cpu, ok := strings.CutPrefix(line, "cpu: "); ok {
			fmt.Fprintf(&made, "%s, %d processors, %s %s/%s, medians of %d runs\n\n", strings.TrimSpace(cpu), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, count)
			break
		}
	}
	if err := table(&made, &out); err != nil {
		return err
	}
	return place.Put(made.String())
}

// A row is one benchmark: all values of each of its metrics.
type row struct {
	name    string
	metrics map[string][]float64
}

// table reads the output of go test -bench and prints the table.
func table(w io.Writer, r io.Reader) error {
	var rows []*row
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, metrics, ok := parse(lines.Text())
		if !ok {
			continue
		}
		i := slices.IndexFunc(rows, func(r *row) bool { return r.name == name })
		if i < 0 {
			i = len(rows)
			rows = append(rows, &row{name, map[string][]float64{}})
		}
		for unit, v := range metrics {
			rows[i].metrics[unit] = append(rows[i].metrics[unit], v)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if len(rows) == 0 {
		return fmt.Errorf("no benchmarks in the input")
	}
	fmt.Fprint(w, "| workload | asyncgen | goroutines, or as named | ratio |\n|---|--:|--:|--:|\n")
	for _, r := range rows {
		unit := r.unit()
		fmt.Fprintf(w, "| %s | %s | %s | %.2f |\n", r.name,
			amount(median(r.metrics[unit]), unit), amount(median(r.metrics["plain-"+unit]), unit), median(r.metrics["ratio"]))
	}
	return nil
}

// parse reads a line of a benchmark.
//
//	BenchmarkTasks/ping-pong-2  3  43.1 ns/op  250 plain-ns/op  0.17 ratio
func parse(line string) (name string, metrics map[string]float64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
		return "", nil, false
	}
	metrics = map[string]float64{}
	for i := 2; i < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return "", nil, false
		}
		metrics[fields[i+1]] = v
	}
	name = strings.TrimPrefix(fields[0], "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		if _, err := strconv.Atoi(name[i+1:]); err == nil {
			name = name[:i] // GOMAXPROCS
		}
	}
	if _, sub, found := strings.Cut(name, "/"); found {
		name = sub
	}
	_, ok = metrics["ratio"]
	return strings.ReplaceAll(name, "_", " "), metrics, ok
}

// unit is the unit in which both sides are measured.
func (r *row) unit() string {
	for unit := range r.metrics {
		if _, ok := r.metrics["plain-"+unit]; ok && strings.Contains(unit, "/") {
			return unit
		}
	}
	return ""
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// amount is v with its unit, as people read it.
func amount(v float64, unit string) string {
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "/op"), "/task")
	switch {
	case v < 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	default:
		return fmt.Sprintf("%.0f %s", v, unit)
	}
}
