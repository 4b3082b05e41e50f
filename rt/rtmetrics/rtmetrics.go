// Package rtmetrics shows the figures of runtimes to others: as variables of package expvar, and in the text format of
// Prometheus.
//
//	http.Handle("/metrics", rtmetrics.Handler(rt.Default()))
//
// For Prometheus it uses github.com/VictoriaMetrics/metrics: programs that use that register the [Set], and have the
// figures beside their own.
package rtmetrics

import (
	"expvar"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/VictoriaMetrics/metrics"

	"github.com/asyncgen/asyncgen/rt"
)

// Publish makes the figures of r a variable of package expvar: an object with the fields of [rt.Metrics]. As
// expvar.Publish, it ends the program if there is a variable of this name already.
func Publish(name string, r *rt.Runtime) {
	need("Publish", r)
	expvar.Publish(name, expvar.Func(func() any { return r.Metrics() }))
}

// Handler serves the figures of runtimes to Prometheus.
func Handler(runtimes ...*rt.Runtime) http.Handler {
	set := Set(runtimes...)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		set.WritePrometheus(w)
	})
}

// Set is the figures of runtimes, with a label for the name of each. All figures of a runtime are of one moment, as
// far as [rt.Runtime.Metrics] has them. Histograms have figures with the option [rt.Histograms].
func Set(runtimes ...*rt.Runtime) *metrics.Set {
	for _, r := range runtimes {
		need("Set", r)
	}
	set := metrics.NewSet()
	set.RegisterMetricsWriter(func(w io.Writer) { write(w, runtimes) })
	return set
}

func need(who string, r *rt.Runtime) {
	if r == nil {
		panic("rtmetrics: " + who + " of a nil runtime: rt.New and rt.Default give a runtime")
	}
}

// figure is a number of a runtime.
type figure struct {
	name  string
	kind  string // of Prometheus: counter or gauge
	value func(m *rt.Metrics) uint64
}

var figures = []figure{
	{"rt_workers", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Workers) }},
	{"rt_workers_running", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Running) }},
	{"rt_workers_stuck", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Stuck) }},
	{"rt_workers_spare", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Spares) }},
	{"rt_worker_parks_total", "counter", func(m *rt.Metrics) uint64 { return m.Parks }},
	{"rt_worker_steals_total", "counter", func(m *rt.Metrics) uint64 { return m.Steals }},
	{"rt_worker_overflows_total", "counter", func(m *rt.Metrics) uint64 { return m.Overflows }},
	{"rt_tasks_spawned_total", "counter", func(m *rt.Metrics) uint64 { return m.Spawned }},
	{"rt_tasks_ended_total", "counter", func(m *rt.Metrics) uint64 { return m.Ended }},
	{"rt_tasks_waiting", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Waiting) }},
	{"rt_tasks_queued", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Queued) }},
	{"rt_tasks_injected", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Injected) }},
	{"rt_timers", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.Timers) }},
	{"rt_turns_total", "counter", func(m *rt.Metrics) uint64 { return m.Turns }},
	{"rt_turns_long_total", "counter", func(m *rt.Metrics) uint64 { return m.LongTurns }},
	{"rt_yields_total", "counter", func(m *rt.Metrics) uint64 { return m.Yields }},
	{"rt_yields_budget_total", "counter", func(m *rt.Metrics) uint64 { return m.BudgetYields }},
	{"rt_wakes_total", "counter", func(m *rt.Metrics) uint64 { return m.Wakes }},
	{"rt_wakes_self_total", "counter", func(m *rt.Metrics) uint64 { return m.SelfWakes }},
	{"rt_blocking_threads", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.BlockingThreads) }},
	{"rt_blocking_threads_idle", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.BlockingIdle) }},
	{"rt_blockon_goroutines", "gauge", func(m *rt.Metrics) uint64 { return uint64(m.BlockOn) }},
}

// write writes the lines of a figure together, as the format has it.
func write(w io.Writer, runtimes []*rt.Runtime) {
	all := make([]rt.Metrics, len(runtimes))
	labels := make([]string, len(runtimes))
	for i, r := range runtimes {
		all[i] = r.Metrics()
		labels[i] = "runtime=" + strconv.Quote(all[i].Name)
	}
	for _, f := range figures {
		kind(w, f.name, f.kind)
		for i := range all {
			metrics.WriteGaugeUint64(w, f.name+"{"+labels[i]+"}", f.value(&all[i]))
		}
	}
	kind(w, "rt_worker_queued", "gauge")
	for i := range all {
		for worker, n := range all[i].Depths {
			metrics.WriteGaugeUint64(w, fmt.Sprintf("rt_worker_queued{%s,worker=\"%d\"}", labels[i], worker), uint64(n))
		}
	}
	histogram(w, "rt_turn_seconds", labels, all, func(m *rt.Metrics) *rt.Histogram { return &m.TurnTime })
	histogram(w, "rt_delay_seconds", labels, all, func(m *rt.Metrics) *rt.Histogram { return &m.Delay })
}

// histogram writes a histogram as Prometheus has it: each bucket has what is in those before it, too.
func histogram(w io.Writer, name string, labels []string, all []rt.Metrics, of func(*rt.Metrics) *rt.Histogram) {
	kind(w, name, "histogram")
	for i := range all {
		h, n := of(&all[i]), uint64(0)
		for j, count := range h.Counts {
			n += count
			bound := "+Inf"
			if j < len(h.Counts)-1 {
				bound = strconv.FormatFloat(h.Bound(j).Seconds(), 'g', -1, 64)
			}
			metrics.WriteCounterUint64(w, fmt.Sprintf("%s_bucket{%s,le=%q}", name, labels[i], bound), n)
		}
		metrics.WriteGaugeFloat64(w, name+"_sum{"+labels[i]+"}", h.Sum.Seconds())
		metrics.WriteCounterUint64(w, name+"_count{"+labels[i]+"}", n)
	}
}

func kind(w io.Writer, name, kind string) { fmt.Fprintf(w, "# TYPE %s %s\n", name, kind) }
