package task

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/simulation"
)

// A simulated runtime, for package rttest, is of the current-thread flavour: its tasks run one at a time, inside
// of BlockOn. It differs from others in four things.
//
//   - Who has the next turn: find asks a driver, which picks one of all tasks that are ready.
//   - Time: it stands while anything is ready, and jumps to the next timer otherwise. All that is due then is
//     ready at once.
//   - Chance: the driver gives the random numbers.
//   - The goroutines: one at a time runs, also of those in BlockOn, see baton.go.

// Sim is what a simulated runtime has beside. Only the runner of the worker uses it, between turns, or whoever
// holds its baton.
type Sim struct {
	rt     *Runtime
	driver simulation.Driver
	clock  *simClock
	tasks  map[*Task]*simTask // that have been ready and have not ended
	ids    int
	ready  []*simTask // by ID
	shown  []*simulation.Task
	open   []*simTask // those whose turn has begun and was not seen to end
	outer  []outsider // that tasks wait for, in that order
	rest   Waker      // of who waits for the end of all tasks
	forced bool       // a deadlock was met by a cancel already

	network any // which package rtnet takes in place of the system's; nil: none
}

// simTask is a task that has been ready.
type simTask struct {
	simulation.Task
	t *Task
}

// NewSim makes what a simulated runtime has beside. The runtime is made with the option Configure.
func NewSim(d simulation.Driver) *Sim {
	s := &Sim{driver: d, clock: new(simClock), tasks: map[*Task]*simTask{}}
	s.clock.s = s
	return s
}

// Configure is an option of NewRuntime.
func (s *Sim) Configure(c *Config) {
	*c = Config{
		Workers: 1, Current: true, Looks: -1, Clock: s.clock, Threads: 1, Grace: defaultGrace, sim: s,
		Name: fmt.Sprintf("simulation-%d", simulations.Add(1)),
	}
}

// attach makes r the runtime of s.
func (s *Sim) attach(r *Runtime) {
	s.rt, r.Sim = r, s
	r.Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
}

// simClock is the time of a simulated runtime.
type simClock struct {
	s *Sim
	t atomic.Int64
}

func (c *simClock) Now() int64 { return c.t.Load() }

// Wait is called when nothing is ready.
func (c *simClock) Wait(p *Parking, until int64) {
	select {
	case <-p.Token:
		return
	default:
	}
	switch {
	case until != Forever:
		c.t.Store(max(until, c.t.Load()))
	case c.s.deadlocked():
		select {
		case <-p.Token: // of a goroutine that has ended since
		default:
			c.s.resolve()
		}
	case len(c.s.outer) > 0: // an ordinary goroutine may be about to use a channel that a task waits for
		select {
		case <-p.Token:
		case <-time.After(time.Millisecond):
		}
	default:
		<-p.Token
	}
}

// find is runner.find of a simulated runtime.
func (s *Sim) find(r *Runner, w *worker) *Task {
	s.reportTurns(w)
	for {
		if s.rt.driven() {
			s.lookOutside()
			s.collect(w)
			for len(s.ready) == 0 && w.nextTimer() <= s.clock.Now() {
				if !r.fire(w) {
					return nil
				}
				s.collect(w)
			}
			if len(s.ready) > 0 {
				if t := s.pick(); t != nil {
					return t
				}
				continue
			}
		}
		if r.park(w) {
			return nil
		}
	}
}

// collect moves all that is queued to ready.
func (s *Sim) collect(w *worker) {
	before := len(s.ready)
	for {
		t := w.pop()
		if t == nil {
			t = s.rt.Queue.Pop(&w.ring, 0, len(s.rt.Workers))
		}
		if t == nil {
			break
		}
		s.ready = append(s.ready, s.known(t))
	}
	if len(s.ready) > before {
		slices.SortFunc(s.ready, func(a, b *simTask) int { return a.ID - b.ID })
	}
}

// known is t as the driver knows it.
func (s *Sim) known(t *Task) *simTask {
	if k := s.tasks[t]; k != nil {
		return k
	}
	s.ids++
	k := &simTask{t: t}
	k.ID, k.Name, k.Detached = s.ids, t.simName(), t.Load().Is(stateDetached)
	if b := batonOf(t); b != nil {
		k.Name, k.Root = b.What, true
	}
	s.tasks[t] = k
	return k
}

// pick has the driver say who is next.
func (s *Sim) pick() *Task {
	s.shown = s.shown[:0]
	for _, k := range s.ready {
		s.shown = append(s.shown, &k.Task)
	}
	i := s.driver.Pick(s.shown, s.clock.Now())
	if i < 0 {
		for _, k := range s.live() {
			k.t.Ask(Word.Shutdown, nil)
		}
		return nil
	}
	k := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	s.open = append(s.open, k)
	return k.t
}

// reportTurns tells the driver how turns have ended.
func (s *Sim) reportTurns(w *worker) {
	open := s.open
	s.open = s.open[:0]
	for _, k := range open {
		switch now := k.t.Load(); {
		case now.Is(StateDone):
			delete(s.tasks, k.t)
			s.driver.Ended(&k.Task, k.t.failure())
			s.rest.Wake()
		case now.Is(StateRunning): // in BlockOn
			s.open = append(s.open, k)
		default:
			switch s.driver.Paused(&k.Task, k.t.place()) {
			case simulation.Cancel:
				k.t.Ask(Word.Abort, w)
			case simulation.Panic:
				k.t.Leaf = newThrower(k.t.Leaf)
				k.t.wakeOn(w)
			case simulation.GoOn:
			}
		}
	}
	clear(open[len(s.open):])
}

// live are the tasks that have not ended, by ID.
func (s *Sim) live() (tasks []*simTask) {
	s.collect(s.rt.Workers[0])
	for _, k := range s.tasks {
		if !k.t.Load().Is(StateDone) {
			tasks = append(tasks, k)
		}
	}
	slices.SortFunc(tasks, func(a, b *simTask) int { return a.ID - b.ID })
	return tasks
}

// Do calls f while nothing else runs, with where each task waits that has not ended.
func (s *Sim) Do(f func(left []string)) {
	_, _ = WaitOn(ownFuture(func(cx *Context) bool {
		f(waiting(s.others(cx)))
		return true
	}), &SpawnConfig{Rt: s.rt})
}

// CancelRest cancels all tasks, and returns when they have ended.
func (s *Sim) CancelRest() {
	_, _ = WaitOn(ownFuture(func(cx *Context) bool {
		rest := s.others(cx)
		for _, k := range rest {
			k.t.Ask(Word.Abort, cx.w)
		}
		s.rest = cx.Waker()
		return len(rest) == 0
	}), &SpawnConfig{Rt: s.rt})
}

// others are the tasks that have not ended, but for the one that is polled.
func (s *Sim) others(cx *Context) []*simTask {
	return slices.DeleteFunc(s.live(), func(k *simTask) bool { return k.t == cx.own })
}

// deadlocked reports whether nothing can wake what waits. The caller is about to park.
func (s *Sim) deadlocked() bool {
	if !s.rt.driven() || s.rt.stop.Load() || s.driver.Outside() || len(s.live()) == 0 {
		return false
	}
	for _, o := range s.outer {
		if o.MayComeAlone() {
			return false
		}
	}
	return !s.foreigners()
}

// resolve cancels all that waits, as a shutdown does, and ends the grace of cleanup if that is what waits.
func (s *Sim) resolve() {
	how, all := Word.Shutdown, s.live()
	if s.forced {
		how = Word.Force
	} else {
		s.driver.Deadlock(waiting(all))
	}
	s.forced = !s.forced
	for _, k := range all {
		k.t.Ask(how, nil)
	}
}

// ours are functions of goroutines that only wait for their turn, or that start nothing.
var ours = []string{
	goid.NameOf((*Runner).main), goid.NameOf((*blockRunner).main), goid.NameOf(driveBaton[void]), goid.NameOf((*Runtime).shutdown),
	"iter.Pull",
}

// foreigners reports whether ordinary goroutines that tasks have started, or that belong to the runtime in
// another way, are there: they may wake tasks.
func (s *Sim) foreigners() bool {
	var text bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&text, 1) != nil {
		return true
	}
	label := strconv.Quote("asyncgen") + ":" + strconv.Quote(s.rt.Name)
	for stack := range strings.SplitSeq(text.String(), "\n\n") {
		if strings.Contains(stack, label) && !slices.ContainsFunc(ours, func(f string) bool { return strings.Contains(stack, f) }) {
			return true
		}
	}
	return false
}

// outsider is something outside of rt that a task waits for. In a simulation no goroutine waits for it, as that would
// wake the task at any moment: the runner looks after each turn.
type outsider interface {
	// look wakes the task if what it waits for has come.
	Look() (over bool)
	// MayComeAlone reports whether it may come though no goroutine is left that the runtime knows of.
	MayComeAlone() bool
}

func (s *Sim) Watch(o outsider) { s.outer = append(s.outer, o) }

func (s *Sim) Forget(o outsider) {
	if i := slices.Index(s.outer, o); i >= 0 {
		s.outer = slices.Delete(s.outer, i, i+1)
	}
}

func (s *Sim) lookOutside() {
	for i := 0; i < len(s.outer); {
		if s.outer[i].Look() {
			s.outer = slices.Delete(s.outer, i, i+1)
		} else {
			i++
		}
	}
	for s.meeting() {
	}
}

// meeting has the first two meet that wait for each other at a native channel, if there are such.
func (s *Sim) meeting() bool {
	for _, o := range s.outer {
		to, ok := o.(NativeWait)
		if !ok {
			continue
		}
		ch, sends := to.Sends()
		for _, o := range s.outer {
			from, ok := o.(NativeWait)
			if !ok || sends || ch == 0 {
				continue
			}
			if other, ok := from.Sends(); ok && other == ch {
				met := to.Meet(from)
				s.outer = slices.DeleteFunc(s.outer, func(o outsider) bool { return o == from || o == to && met })
				return true
			}
		}
	}
	return false
}

// thrower takes the place of a call that waits: it cancels the call, and then panics as if the call had.
type thrower struct {
	Frame
	old   Machine // nil: it has left
	begun bool    // to leave
	gone  bool    // the task is cancelled: no panic
}

func newThrower(leaf Machine) Machine {
	m := &thrower{old: leaf}
	m.parent = Head(leaf).parent
	if stateOf(leaf).Pos != "" {
		m.parent, m.old = leaf, nil // a marked function that waits for its next turn only: it is the caller
	}
	return m
}

var throwerFunc = Func{Name: "rttest.panic", Defers: true, States: []State{{Name: "start"}}}

// Func implements [Machine].
func (m *thrower) Func() *Func { return &throwerFunc }

// Reset implements [Machine]. A thrower is never reused.
func (m *thrower) Reset() {}

// Resume implements [Machine].
func (m *thrower) Resume(cx *Context) Machine {
	m.gone = cx.Unwind() || m.gone
	if m.old != nil && (m.begun || m.old.Func().Defers) {
		if !m.begun {
			m.begun, cx.why = true, leave
		}
		w := m.old.Resume(cx)
		cx.why = goOn
		if w != nil {
			cx.leaf = m
			return m
		}
	}
	m.old = nil
	if !m.gone {
		panic(simulation.Panicked{})
	}
	return nil
}

// NativeWait is a native of any type in a simulation. There nobody sits at the channel for it, so that two of
// them, the one that sends and the one that receives, must be brought together.
type NativeWait interface {
	outsider
	Sends() (ch uintptr, sends bool)
	// meet receives what sender sends, which is on the same channel. It says false if another one has got it.
	Meet(sender NativeWait) (met bool)
	// finish sends.
	Finish()
}
