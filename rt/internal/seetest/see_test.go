package seetest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// newRuntime makes a runtime that ends with the test.
func newRuntime(t *testing.T, opts ...rt.Option) *rt.Runtime {
	r := rt.New(append(opts, rt.RuntimeName("seen"))...)
	t.Cleanup(func() {
		if err := r.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// waiting returns when n tasks of r wait, and none is in a queue or runs.
func waiting(t *testing.T, r *rt.Runtime, n int) {
	t.Helper()
	for {
		if m := r.Metrics(); m.Waiting == n && m.Alive() == n && !moves.MatchString(dump(t, r)) {
			return
		}
		rt.Yield()
	}
}

// moves finds in a dump that a task does not wait.
var moves = regexp.MustCompile(`(ready|running):`)

func dump(t *testing.T, r *rt.Runtime, opts ...rt.DumpOption) string {
	t.Helper()
	var b strings.Builder
	if err := r.Dump(&b, opts...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lines makes line numbers all alike, so that a test does not change with the source above.
var lines = regexp.MustCompile(`\.go:\d+`)

func TestDumpShowsTheChainOfCalls(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	ch := rtsync.NewChan[int](0)
	for range 3 {
		rt.Spawn(middleAsync(ch), rt.On(r))
	}
	rt.Spawn(eitherAsync(ch), rt.On(r), rt.Name("chooser"))
	waiting(t, r, 4)
	got := lines.ReplaceAllString(dump(t, r), ".go:N")
	want := `runtime seen: 4 tasks

3 tasks waiting:
	rtsync.(*Chan).Recv
	seetest.receive tasks.go:N awaits Chan.Recv
	seetest.middle tasks.go:N awaits receive

1 task (chooser) waiting:
	rt.Select2
	  branch 0:
	    rtsync.(*Chan).Recv
	    seetest.receive tasks.go:N awaits Chan.Recv
	    seetest.middle tasks.go:N awaits receive
	  branch 1:
	    rt.Sleep [asleep]
	seetest.either tasks.go:N awaits Select2
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	ch.Close()
}

func TestDumpNamesCircles(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	var a, b rtsync.Oneshot[*rt.JoinHandle[int]]
	one := rt.Spawn(followsAsync(&a), rt.On(r), rt.Name("one"))
	two := rt.Spawn(followsAsync(&b), rt.On(r), rt.Name("two"))
	rt.Spawn(followsAsync(&a), rt.On(r), rt.Name("beside"))
	a.Send(two)
	b.Send(one)
	for !strings.Contains(dump(t, r), "in a circle") {
		rt.Yield()
	}
	waiting(t, r, 3)
	text := dump(t, r)
	if want := "\nin a circle: one waits for two, which waits for one\n"; !strings.HasSuffix(text, want) || strings.Count(text, "circle") != 1 {
		t.Errorf("got\n%s\nwant at the end%s", text, want)
	}
	if !strings.Contains(text, "rt.JoinHandle (of task two)") {
		t.Errorf("got\n%s", text)
	}
	one.Abort()
}

func TestDumpAsJSONWithLocals(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	ch := rtsync.NewChan[int](0)
	h := rt.Spawn(middleAsync(ch), rt.On(r), rt.Name("x"))
	id := h.ID()
	waiting(t, r, 1)
	var got struct {
		Runtime   string
		Tasks     []rt.TaskInfo
		NotListed int
		Cycles    [][]string
	}
	text := dump(t, r, rt.DumpJSON(), rt.DumpLocals())
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if got.Runtime != "seen" || len(got.Tasks) != 1 || got.NotListed != 0 || got.Cycles == nil {
		t.Fatalf("got\n%s", text)
	}
	task := got.Tasks[0]
	if task.ID != id || task.Name != "x" || task.Status != "waiting" || len(task.Chain) != 3 {
		t.Errorf("got\n%s", text)
	}
	locals := task.Chain[1].Locals
	for _, want := range []rt.Local{{Name: "n", Value: "4"}, {Name: "at", Value: `{x: 4, y: 2, name: "note"}`}} {
		if !slices.Contains(locals, want) {
			t.Errorf("no %v in %v", want, locals)
		}
	}
	ch.Close()
}

// TestDumpLosesNoWake looks at tasks over and over while they run: each must come to its end.
func TestDumpLosesNoWake(t *testing.T) {
	r := newRuntime(t, rt.Workers(4))
	ch := rtsync.NewChan[int](1)
	const n = 300
	var hs []*rt.JoinHandle[int]
	for range n {
		hs = append(hs, rt.Spawn(middleAsync(ch), rt.On(r)), rt.Spawn(turnsAsync(50), rt.On(r)))
	}
	looked := make(chan int)
	stop := make(chan struct{})
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				looked <- i
				return
			default:
				dump(t, r, rt.DumpLocals())
			}
		}
	}()
	for range n {
		if err := ch.Send(1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rt.JoinAll(rt.Futures(hs...)...); err != nil {
		t.Fatal(err)
	}
	close(stop)
	t.Logf("looked %d times", <-looked)
}

func TestProfileIsReadByPprof(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	ch := rtsync.NewChan[int](0)
	for range 5 {
		rt.Spawn(middleAsync(ch), rt.On(r))
	}
	waiting(t, r, 5)
	name := filepath.Join(t.TempDir(), "tasks.pb.gz")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Profile(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "pprof", "-traces", "-sample_index=tasks", name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`(?s)5\s+rtsync\.\(\*Chan\)\.Recv\s+seetest\.receive\s+seetest\.middle`).Match(out) {
		t.Errorf("got\n%s", out)
	}
	out, err = exec.Command("go", "tool", "pprof", "-raw", name).CombinedOutput()
	if err != nil || !regexp.MustCompile(`seetest\.receive tasks\.go:\d+`).Match(out) {
		t.Errorf("%v\n%s", err, out)
	}
	ch.Close()
}

func TestMetrics(t *testing.T) {
	r := newRuntime(t, rt.Workers(2))
	if m := r.Metrics(); !reflect.DeepEqual(m, rt.Metrics{Name: "seen", Workers: 2, Depths: []int{0, 0}}) {
		t.Errorf("before its first task: %+v", m)
	}
	ch := rtsync.NewChan[int](0)
	h := rt.Spawn(eitherAsync(ch), rt.On(r))
	waiting(t, r, 1)
	m := r.Metrics()
	if m.Spawned != 1 || m.Ended != 0 || m.Waiting != 1 || m.Timers != 1 || m.Queued != 0 {
		t.Errorf("while one waits: %+v", m)
	}
	ch.Close()
	if _, err := rt.Await(h); err != rtsync.ErrClosed {
		t.Fatal(err)
	}
	waiting(t, r, 0) // who awaits a task may go on before that is counted out
	if m := r.Metrics(); m.Ended != 1 || m.Alive() != 0 || m.Waiting != 0 || m.Timers != 0 {
		t.Errorf("in the end: %+v", m)
	}
}
