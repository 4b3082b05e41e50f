package rtmetrics_test

import (
	"context"
	"encoding/json"
	"expvar"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/leaktest"
	"github.com/asyncgen/asyncgen/rt/rtmetrics"
)

func TestMain(m *testing.M) {
	leaktest.Main(m, func() { _ = rt.Default().Shutdown(context.Background()) })
}

// used makes a runtime that has run n tasks, of one turn each.
func used(t *testing.T, name string, n int) *rt.Runtime {
	r := rt.New(rt.RuntimeName(name), rt.Workers(2), rt.Histograms())
	for range n {
		rt.Must(rt.Await(rt.Spawn(rt.Ready(1), rt.On(r))))
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPrometheus(t *testing.T) {
	a, b := used(t, "a", 3), used(t, `b"`, 5)
	w := httptest.NewRecorder()
	rtmetrics.Handler(a, b).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	for _, line := range []string{
		"# TYPE rt_tasks_spawned_total counter\nrt_tasks_spawned_total{runtime=\"a\"} 3\nrt_tasks_spawned_total{runtime=\"b\\\"\"} 5\n",
		"rt_turns_total{runtime=\"a\"} 3\n",
		"# TYPE rt_workers gauge\nrt_workers{runtime=\"a\"} 2\n",
		"rt_worker_queued{runtime=\"a\",worker=\"1\"} 0\n",
		"# TYPE rt_turn_seconds histogram\n",
		"rt_turn_seconds_bucket{runtime=\"a\",le=\"2.56e-07\"} ",
		"rt_turn_seconds_bucket{runtime=\"a\",le=\"+Inf\"} 3\n",
		"rt_turn_seconds_count{runtime=\"a\"} 3\n",
		"rt_delay_seconds_count{runtime=\"b\\\"\"} 5\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing", line)
		}
	}
	form := regexp.MustCompile(`^(# TYPE \w+ (counter|gauge|histogram)|\w+\{runtime="(a|b\\")"(,\w+="[^"]+")?\} [\d.e+-]+)$`)
	for line := range strings.Lines(text) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("not in the format: %q", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Each number of Metrics is written.
func TestPrometheusHasAll(t *testing.T) {
	r := used(t, "a", 1)
	w := httptest.NewRecorder()
	rtmetrics.Handler(r).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	// Name is a label, Depths has a line for each worker.
	if names, fields := strings.Count(w.Body.String(), "# TYPE "), reflect.TypeFor[rt.Metrics]().NumField()-1; names != fields {
		t.Errorf("%d figures are written, and Metrics has %d", names, fields)
	}
}

func TestExpvar(t *testing.T) {
	r := used(t, "published", 4)
	rtmetrics.Publish("tasks", r)
	var m rt.Metrics
	if err := json.Unmarshal([]byte(expvar.Get("tasks").String()), &m); err != nil {
		t.Fatal(err)
	}
	if m.Spawned != 4 || m.Name != "published" || m.TurnTime.N() != 4 {
		t.Errorf("%+v", m)
	}
}

func TestNil(t *testing.T) {
	for name, f := range map[string]func(){
		"Publish": func() { rtmetrics.Publish("nothing", nil) },
		"Set":     func() { rtmetrics.Handler((*rt.Runtime)(nil)) },
	} {
		func() {
			defer func() {
				if p, want := recover(), "rtmetrics: "+name+" of a nil runtime: rt.New and rt.Default give a runtime"; p != want {
					t.Errorf("%v, want %s", p, want)
				}
			}()
			f()
		}()
	}
}
