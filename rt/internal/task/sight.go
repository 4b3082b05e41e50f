package task

import (
	"context"
	"fmt"
	"log"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// sight is what a runtime has if one of the options is on that look at each turn: Hooks, Histograms, Origins,
// TaskLabels. Without them it is nil, and a turn costs one comparison more. Traces need no option: whether one is on is
// a comparison too.
type sight struct {
	Hooks    Hooks
	Measures bool // Histograms
	Origins  bool // Origins
	Labels   bool // TaskLabels

	turnTimes, delays histogram

	broken atomic.Bool // a hook has called Goexit: no hook is called any more
	mu     sync.Mutex  // guards what follows
	named  map[string]unsafe.Pointer
}

// TaskRef says which task a hook is called for.
type TaskRef struct {
	ID       uint64 // as [JoinHandle.ID]
	Name     string // as [JoinHandle.Name]
	Function string // the outermost one
}

// Hooks are functions that a runtime calls; those that are nil it does not. They are called on the goroutine that
// something happens on, so they have to be quick, and they must not wait. A panic of a hook is reported to the standard logger. One
// that calls runtime.Goexit takes the task of its goroutine along, and no hook is called any more.
type Hooks struct {
	Spawn func(TaskRef) // a task has been spawned; called before its first turn
	Turn  func(TaskRef) // a turn of it begins
	Park  func(TaskRef) // a turn has ended, and the task waits, or is to come again
	End   func(TaskRef) // the task has ended, cleanup included; called before those who wait for it are woken

	WorkerStart  func(worker int) // a worker starts; spares have the number -1
	WorkerPark   func(worker int) // it has nothing to do, and waits
	WorkerUnpark func(worker int) // and goes on
	WorkerStop   func(worker int) // the runtime has ended, or the spare is not needed any more
}

const maxLabels = 1000

func (c *Config) Look() *sight {
	if c.sight == nil {
		c.sight = new(sight)
	}
	return c.sight
}

// sighting is what is known of a task that is looked at. It is part of its extra.
type sighting struct {
	ready   atomic.Int64 // since when it is in a queue; 0: it is not, or nobody knows
	paused  atomic.Int64 // since when it waits; 0: it does not, or nobody knows
	origin  string       // where it was spawned; constant after the spawn
	tracing atomic.Pointer[traced]
}

// traced is a task as a trace shows it.
type traced struct {
	ctx  context.Context
	task *trace.Task
}

// seen is that of t, which it makes if need be.
func (t *Task) seen() *sighting {
	x := t.Extra()
	if s := x.seen.Load(); s != nil {
		return s
	}
	x.seen.CompareAndSwap(nil, new(sighting))
	return x.seen.Load()
}

// wasSeen is that of t, or nil.
func (t *Task) wasSeen() *sighting {
	if isExtra(t.aux.Load()) {
		return t.Extra().seen.Load()
	}
	return nil
}

func (t *Task) ref() TaskRef { return TaskRef{ID: t.Id(), Name: t.Title(), Function: t.name()} }

// call calls a hook.
func (s *sight) call(hook func(TaskRef), t *Task) {
	if hook != nil && !s.broken.Load() {
		s.guard(func() { hook(t.ref()) })
	}
}

// callWorker calls a hook for w. A nil s has none.
func (s *sight) callWorker(which func(*Hooks) func(int), w *worker) {
	if s == nil {
		return
	}
	if hook := which(&s.Hooks); hook != nil && !s.broken.Load() {
		s.guard(func() { hook(w.number) })
	}
}

func startHook(h *Hooks) func(int) { return h.WorkerStart }

func parkHook(h *Hooks) func(int) { return h.WorkerPark }

func unparkHook(h *Hooks) func(int) { return h.WorkerUnpark }

func stopHook(h *Hooks) func(int) { return h.WorkerStop }

func (s *sight) guard(f func()) {
	returned := false
	defer func() {
		switch p := recover(); {
		case p != nil:
			log.Printf("rt: panic in a hook: %v\n\n%s", p, debug.Stack())
		case !returned:
			s.broken.Store(true)
			log.Print("rt: a hook has called runtime.Goexit: no hook is called any more")
		}
	}()
	f()
	returned = true
}

// spawned is called when t is about to be put into a queue for the first time, by own, a task or nothing.
func (s *sight) spawned(t *Task, now int64) {
	if s.Measures {
		t.seen().ready.Store(now)
	}
	if s.Origins {
		t.seen().origin = spawnSite()
	}
	s.call(s.Hooks.Spawn, t)
}

// spawnSite is the first line outside of rt that has led to the call.
func spawnSite() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	for {
		f, more := frames.Next()
		if f.File != "" && (!ofRT(f.Function) || strings.HasSuffix(f.File, "_test.go")) {
			return fmt.Sprintf("%s (%s:%d)", f.Function, f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

// ready notes that t is in a queue.
func (s *sight) ready(t *Task, now int64) {
	if s.Measures {
		t.seen().ready.CompareAndSwap(0, now)
	}
}

// watched is what the runner notes of a turn that is looked at.
type watched struct {
	on     bool
	began  int64
	region *trace.Region
}

// beginTurn is called at the beginning of a turn of t, if the turn is looked at.
func (r *Runner) beginTurn(t *Task) {
	r.watched.on = true
	s, now := r.cx.rt.sight, r.cx.rt.Clock.Now()
	if s != nil {
		if s.Measures {
			r.watched.began = now
			if ready := t.seen().ready.Swap(0); ready != 0 {
				s.delays.add(now - ready)
			}
		}
		if s.Origins {
			t.seen().paused.Store(0)
		}
		if s.Labels {
			goid.SetLabels(s.labelsOf(r.cx.rt, t))
		}
		s.call(s.Hooks.Turn, t)
	}
	if trace.IsEnabled() {
		function, _ := position(t.Leaf)
		if function == "" {
			function = t.name()
		}
		r.watched.region = trace.StartRegion(t.traced(nil).ctx, function)
	}
}

// endTurn is called at its end. ended reports whether it was the last.
func (r *Runner) endTurn(t *Task, ended bool) {
	if r.watched.region != nil {
		r.watched.region.End()
	}
	began := r.watched.began
	r.watched = watched{}
	s := r.cx.rt.sight
	if s == nil {
		return
	}
	var now int64
	if s.Measures || s.Origins {
		now = r.cx.rt.Clock.Now()
	}
	if s.Measures {
		s.turnTimes.add(now - began)
	}
	if ended {
		return
	}
	if s.Origins {
		t.seen().paused.Store(now)
	}
	s.call(s.Hooks.Park, t)
}

// traced is t as a trace shows it: a task of the trace, below that of by.
func (t *Task) traced(by *Task) *traced {
	s := t.seen()
	if x := s.tracing.Load(); x != nil {
		return x
	}
	ctx := context.Background()
	if by != nil {
		if b := by.wasSeen(); b != nil && b.tracing.Load() != nil {
			ctx = b.tracing.Load().ctx
		}
	}
	ctx, task := trace.NewTask(ctx, t.Title())
	s.tracing.Store(&traced{ctx, task})
	return s.tracing.Load()
}

// hasEnded is called when t has ended, before anybody is told.
func (s *sight) hasEnded(t *Task) {
	if s != nil {
		s.call(s.Hooks.End, t)
	}
	if x := t.wasSeen(); x != nil {
		if traced := x.tracing.Swap(nil); traced != nil {
			traced.task.End()
		}
	}
}

// labelsOf is the label set of t.
func (s *sight) labelsOf(r *Runtime, t *Task) unsafe.Pointer {
	name := t.Title()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.named[name]; ok {
		return l
	}
	if len(s.named) == maxLabels {
		return r.Labels
	}
	l := labelSet(r, "task", name)
	if s.named == nil {
		s.named = map[string]unsafe.Pointer{}
	}
	s.named[name] = l
	return l
}

// labelSet makes a label set of r.
func labelSet(r *Runtime, more ...string) unsafe.Pointer {
	before := goid.Labels()
	ctx := pprof.WithLabels(context.Background(), pprof.Labels(append([]string{"asyncgen", r.Name}, more...)...))
	pprof.SetGoroutineLabels(ctx)
	own := goid.Labels()
	goid.SetLabels(before)
	Labelled.Store(uintptr(own), &owner{labels: own, rt: r})
	return own
}

// labelSets are all label sets of r.
func (r *Runtime) labelSets() []unsafe.Pointer {
	sets := []unsafe.Pointer{r.Labels}
	if s := r.sight; s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, l := range s.named {
			sets = append(sets, l)
		}
	}
	return sets
}

// Histogram says how many durations there were of each size.
type Histogram struct {
	// Counts has the number of those that are at most Bound(i), and more than Bound(i-1).
	Counts [histogramSize]uint64
	Sum    time.Duration
}

const histogramSize = 28

// Bound is the largest duration that is counted in Counts[i]: 256 ns, 512 ns and so on, and in the last one all that
// is longer, for which it gives the largest duration that there is.
func (Histogram) Bound(i int) time.Duration {
	if i >= histogramSize-1 {
		return time.Duration(Forever)
	}
	return 256 << i
}

// N is how many durations there were.
func (h Histogram) N() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Quantile gives a bound of which at least the part q of all durations, 0 to 1, are no longer. Without any it is 0.
func (h Histogram) Quantile(q float64) time.Duration {
	all, n := h.N(), uint64(0)
	for i, c := range h.Counts {
		if n += c; n > 0 && float64(n) >= q*float64(all) {
			return h.Bound(i)
		}
	}
	return 0
}

// histogram collects a [Histogram].
type histogram struct {
	counts [histogramSize]atomic.Uint64
	sum    atomic.Int64
}

func (h *histogram) add(d int64) {
	d = max(d, 0)
	i := 0
	for i < histogramSize-1 && d > 256<<i {
		i++
	}
	h.counts[i].Add(1)
	h.sum.Add(d)
}

func (h *histogram) read() (all Histogram) {
	for i := range h.counts {
		all.Counts[i] = h.counts[i].Load()
	}
	all.Sum = time.Duration(h.sum.Load())
	return all
}
