package seetest

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"regexp"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// recorder notes what hooks are called, for each task in order.
type recorder struct {
	mu      sync.Mutex
	tasks   map[uint64][]string
	names   map[uint64]string
	workers map[string]int
}

func (r *recorder) hooks() rt.Hooks {
	task := func(what string) func(rt.TaskRef) {
		return func(t rt.TaskRef) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.tasks[t.ID] = append(r.tasks[t.ID], what)
			r.names[t.ID] = t.Name + " " + t.Function
		}
	}
	worker := func(what string) func(int) {
		return func(int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.workers[what]++
		}
	}
	return rt.Hooks{
		Spawn: task("spawn"), Turn: task("turn"), Park: task("park"), End: task("end"),
		WorkerStart: worker("start"), WorkerPark: worker("park"), WorkerUnpark: worker("unpark"), WorkerStop: worker("stop"),
	}
}

func newRecorder() *recorder {
	return &recorder{tasks: map[uint64][]string{}, names: map[uint64]string{}, workers: map[string]int{}}
}

// logs gives what has been logged since.
func logs(t *testing.T) (logged func() string) {
	var (
		mu   sync.Mutex
		text bytes.Buffer
	)
	before := log.Writer()
	log.SetOutput(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}))
	t.Cleanup(func() { log.SetOutput(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return text.String()
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// parks is how often workers have parked.
func (rec *recorder) parks() int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.workers["park"]
}

// A1, line 21; A6, line 88.
func TestA1_21_A6_88_Hooks(t *testing.T) {
	rec := newRecorder()
	r := rt.New(rt.Workers(3), rt.WithHooks(rec.hooks()))
	ch := rtsync.NewChan[int](0)

	returns := rt.Spawn(turnsAsync(2), rt.On(r), rt.Name("returns"))
	if _, err := rt.Await(returns); err != nil {
		t.Fatal(err)
	}
	panics := rt.Spawn(rt.PollFunc(func(*rt.Context) (int, bool, error) { panic("no") }), rt.On(r), rt.Name("panics"))
	_, _ = rt.Await(panics)
	aborted := rt.Spawn(middleAsync(ch), rt.On(r), rt.Name("aborted"))
	waiting(t, r, 1)
	aborted.Abort()
	_, _ = rt.Await(aborted)
	for rec.parks() < 3 { // a worker gives way before it parks
		runtime.Gosched()
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, c := range []struct {
		h interface {
			ID() uint64
			Name() string
		}
		function, want string
	}{
		{returns, "seetest.turns", "spawn turn park turn park turn end"},
		{panics, "rt.Await", "spawn turn end"},
		{aborted, "seetest.middle", "spawn turn park turn end"},
	} {
		if got := strings.Join(rec.tasks[c.h.ID()], " "); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.h.Name(), got, c.want)
		}
		if got, want := rec.names[c.h.ID()], c.h.Name()+" "+c.function; got != want {
			t.Errorf("the hooks were told of %q, want %q", got, want)
		}
	}
	if w := rec.workers; w["start"] != 3 || w["stop"] != 3 || w["park"] != w["unpark"] {
		t.Errorf("hooks for workers: %v", w)
	}
}

// A4, line 60.
func TestA4_60_HookThatPanics(t *testing.T) {
	logged := logs(t)
	fail := func(rt.TaskRef) { panic("a hook") }
	r := newRuntime(t, rt.WithHooks(rt.Hooks{Spawn: fail, End: fail, Turn: fail}))
	if n, err := rt.Await(rt.Spawn(turnsAsync(1), rt.On(r))); err != nil || n != 1 {
		t.Errorf("%v, %v", n, err)
	}
	if n := strings.Count(logged(), "rt: panic in a hook: a hook"); n != 4 {
		t.Errorf("%d panics are reported, want 4", n)
	}
}

func TestHookThatExits(t *testing.T) {
	logged := logs(t)
	h := rt.Hooks{Turn: func(rt.TaskRef) { runtime.Goexit() }}
	r := newRuntime(t, rt.Workers(1), rt.WithHooks(h))
	if _, err := rt.Await(rt.Spawn(turnsAsync(1), rt.On(r))); err != rt.ErrGoexit {
		t.Errorf("%v, want ErrGoexit", err)
	}
	if _, err := rt.Await(rt.Spawn(turnsAsync(1), rt.On(r))); err != nil {
		t.Errorf("the next task: %v", err)
	}
	if n := strings.Count(logged(), "has called runtime.Goexit"); n != 1 {
		t.Errorf("reported %d times", n)
	}
}

func TestHistograms(t *testing.T) {
	r := newRuntime(t, rt.Workers(2), rt.Histograms())
	if m := r.Metrics(); m.TurnTime.N() != 0 || m.Delay.Quantile(1) != 0 {
		t.Errorf("before: %v, %v", m.TurnTime, m.Delay)
	}
	for range 10 {
		rt.Must(rt.Await(rt.Spawn(turnsAsync(4), rt.On(r))))
	}
	m := r.Metrics()
	if n := m.TurnTime.N(); n != 50 {
		t.Errorf("%d turns are measured, want 50", n)
	}
	if n := m.Delay.N(); n != 50 {
		t.Errorf("%d delays are measured, want 50", n)
	}
	if q := m.TurnTime.Quantile(0.5); q <= 0 || q > m.TurnTime.Quantile(1) || m.TurnTime.Sum <= 0 {
		t.Errorf("quantiles %v and %v, sum %v", q, m.TurnTime.Quantile(1), m.TurnTime.Sum)
	}
}

// A11, line 146: the counters add up to what a known script does.
func TestA11_146_CountersOfAScript(t *testing.T) {
	// A monitor gives what is queued to others if the machine stands still for a moment.
	r := rt.New(rt.Workers(1), func(c *task.Config) { c.Looks = -1 })
	for range 10 {
		rt.Must(rt.Await(rt.Spawn(turnsAsync(4), rt.On(r))))
	}
	rt.Must(rt.Await(rt.Spawn(readyAsync(1000), rt.On(r))))
	if _, err := rt.Await(rt.Spawn(fullAsync(1000), rt.On(r))); err != nil {
		t.Fatal(err)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	m := r.Metrics()
	// 10 tasks yield 4 times; one has 1000 awaits that are ready, 128 a turn; one has 1000 members, and a ring has 256 places.
	if m.Yields != 40+7 || m.BudgetYields != 7 {
		t.Errorf("yields %d, of them for the budget %d; want 47 and 7", m.Yields, m.BudgetYields)
	}
	// The task with the members has one turn more, when they have ended.
	if want := uint64(10*5 + 8 + 2 + 1000); m.Turns != want {
		t.Errorf("turns %d, want %d", m.Turns, want)
	}
	if m.Overflows == 0 || m.LongTurns != 0 || m.Parks == 0 || m.Steals != 0 || m.Wakes == 0 || m.Spawned != 10+1+1+1000 || m.Injected != 0 || !slices.Equal(m.Depths, []int{0}) {
		t.Errorf("%+v", m)
	}
}

func TestOrigins(t *testing.T) {
	r := newRuntime(t, rt.Origins())
	ch := rtsync.NewChan[int](0)
	rt.Spawn(middleAsync(ch), rt.On(r))
	rt.Spawn(middleAsync(ch), rt.On(r))
	waiting(t, r, 2)
	got := dump(t, r)
	if n := len(regexp.MustCompile(`(?m)^\tspawned by .*seetest.TestOrigins \(.*/sight_test.go:\d+\)$`).FindAllString(got, -1)); n != 2 {
		t.Errorf("%d origins, want 2:\n%s", n, got)
	}
	if !regexp.MustCompile(`1 task waiting for \S+:`).MatchString(got) {
		t.Errorf("since when is missing:\n%s", got)
	}
	ch.Close()
}

func TestTaskLabels(t *testing.T) {
	r := newRuntime(t, rt.TaskLabels())
	labels := func(cx *rt.Context) (string, bool, error) {
		started := make(chan bool)
		end := make(chan bool)
		go func() { // it has the labels of the task
			close(started)
			<-end
		}()
		<-started
		var out bytes.Buffer
		_ = pprof.Lookup("goroutine").WriteTo(&out, 1)
		close(end)
		return out.String(), true, nil
	}
	for _, name := range []string{"first", "second"} {
		got := rt.Must(rt.Await(rt.Spawn(rt.PollFunc(labels), rt.On(r), rt.Name(name))))
		want := fmt.Sprintf(`# labels: {"asyncgen":"seen", "task":%q}`, name)
		if strings.Count(got, want) != 2 {
			t.Errorf("the task and its goroutine have to have the label %s:\n%s", want, got)
		}
	}
	h := rt.Spawn(rt.PollFunc(func(*rt.Context) (bool, bool, error) {
		here := make(chan bool)
		go func() {
			before := r.Metrics().Spawned
			rt.Spawn(rt.Ready(1))
			here <- r.Metrics().Spawned > before
		}()
		return <-here, true, nil
	}), rt.On(r), rt.Name("belongs"))
	if !rt.Must(rt.Await(h)) {
		t.Error("a goroutine that a labelled task starts does not belong to its runtime")
	}
}

func TestTrace(t *testing.T) {
	var out bytes.Buffer
	if err := trace.Start(&out); err != nil {
		t.Skip(err) // go test -trace
	}
	r := newRuntime(t, rt.Workers(2))
	rt.Must(rt.Await(rt.Spawn(turnsAsync(3), rt.On(r), rt.Name("a traced task"))))
	trace.Stop()
	for _, text := range []string{"a traced task", "seetest.turns"} {
		if !bytes.Contains(out.Bytes(), []byte(text)) {
			t.Errorf("%q is not in the trace", text)
		}
	}
	rt.Must(rt.Await(rt.Spawn(turnsAsync(3), rt.On(r)))) // after the trace
}
