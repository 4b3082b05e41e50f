package rt

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

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

// sim is what a simulated runtime has beside. Only the runner of the worker uses it, between turns, or whoever
// holds its baton.
type sim struct {
	rt     *Runtime
	driver simulation.Driver
	clock  *simClock
	tasks  map[*task]*simTask // that have been ready and have not ended
	ids    int
	ready  []*simTask // by ID
	shown  []*simulation.Task
	open   []*simTask // those whose turn has begun and was not seen to end
	outer  []outsider // that tasks wait for, in that order
	rest   Waker      // of who waits for the end of all tasks
	forced bool       // a deadlock was met by a cancel already
}

// simTask is a task that has been ready.
type simTask struct {
	simulation.Task
	t *task
}

var simulations atomic.Int64

func init() { simulation.New = newSim }

func newSim(d simulation.Driver) simulation.Control {
	s := &sim{driver: d, clock: new(simClock), tasks: map[*task]*simTask{}}
	s.clock.s = s
	s.rt = newRuntime(config{
		workers: 1, current: true, looks: -1, clock: s.clock, threads: 1, grace: defaultGrace,
		name: fmt.Sprintf("simulation-%d", simulations.Add(1)),
	})
	s.rt.epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	s.rt.sim = s
	return s
}

// Runtime implements [simulation.Control].
func (s *sim) Runtime() any { return s.rt }

// simClock is the time of a simulated runtime.
type simClock struct {
	s *sim
	t atomic.Int64
}

func (c *simClock) now() int64 { return c.t.Load() }

// wait is called when nothing is ready.
func (c *simClock) wait(p *parking, until int64) {
	select {
	case <-p.token:
		return
	default:
	}
	switch {
	case until != forever:
		c.t.Store(max(until, c.t.Load()))
	case c.s.deadlocked():
		select {
		case <-p.token: // of a goroutine that has ended since
		default:
			c.s.resolve()
		}
	case len(c.s.outer) > 0: // an ordinary goroutine may be about to use a channel that a task waits for
		select {
		case <-p.token:
		case <-time.After(time.Millisecond):
		}
	default:
		<-p.token
	}
}

// find is runner.find of a simulated runtime.
func (s *sim) find(r *runner, w *worker) *task {
	s.settle(w)
	for {
		if s.rt.driven() {
			s.lookOutside()
			s.collect(w)
			for len(s.ready) == 0 && w.nextTimer() <= s.clock.now() {
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
func (s *sim) collect(w *worker) {
	before := len(s.ready)
	for {
		t := w.pop()
		if t == nil {
			t = s.rt.queue.pop(w, 0)
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
func (s *sim) known(t *task) *simTask {
	if k := s.tasks[t]; k != nil {
		return k
	}
	s.ids++
	k := &simTask{t: t}
	k.ID, k.Name, k.Detached = s.ids, t.title(), t.load().is(stateDetached)
	if b := batonOf(t); b != nil {
		k.Name, k.Root = b.what, true
	}
	s.tasks[t] = k
	return k
}

// pick has the driver say who is next.
func (s *sim) pick() *task {
	s.shown = s.shown[:0]
	for _, k := range s.ready {
		s.shown = append(s.shown, &k.Task)
	}
	i := s.driver.Pick(s.shown, s.clock.now())
	if i < 0 {
		for _, k := range s.live() {
			k.t.ask(state.shutdown, nil)
		}
		return nil
	}
	k := s.ready[i]
	s.ready = slices.Delete(s.ready, i, i+1)
	s.open = append(s.open, k)
	return k.t
}

// settle tells the driver how turns have ended.
func (s *sim) settle(w *worker) {
	open := s.open
	s.open = s.open[:0]
	for _, k := range open {
		switch now := k.t.load(); {
		case now.is(stateDone):
			delete(s.tasks, k.t)
			s.driver.Ended(&k.Task)
			s.rest.Wake()
		case now.is(stateRunning): // in BlockOn
			s.open = append(s.open, k)
		default:
			switch s.driver.Paused(&k.Task, k.t.place()) {
			case simulation.Cancel:
				k.t.ask(state.abort, w)
			case simulation.Panic:
				k.t.leaf = newThrower(k.t.leaf)
				k.t.wakeOn(w)
			case simulation.GoOn:
			}
		}
	}
	clear(open[len(s.open):])
}

// live are the tasks that have not ended, by ID.
func (s *sim) live() (tasks []*simTask) {
	s.collect(s.rt.workers[0])
	for _, k := range s.tasks {
		if !k.t.load().is(stateDone) {
			tasks = append(tasks, k)
		}
	}
	slices.SortFunc(tasks, func(a, b *simTask) int { return a.ID - b.ID })
	return tasks
}

// Do implements [simulation.Control].
func (s *sim) Do(f func(left []string)) {
	_, _ = BlockOn(PollFunc(func(cx *Context) (Unit, bool, error) {
		f(waiting(s.others(cx)))
		return Done(Unit{})
	}), On(s.rt))
}

// CancelRest implements [simulation.Control].
func (s *sim) CancelRest() {
	_, _ = BlockOn(PollFunc(func(cx *Context) (Unit, bool, error) {
		rest := s.others(cx)
		for _, k := range rest {
			k.t.ask(state.abort, cx.w)
		}
		s.rest = cx.Waker()
		return Unit{}, len(rest) == 0, nil
	}), On(s.rt))
}

// others are the tasks that have not ended, but for the one that is polled.
func (s *sim) others(cx *Context) []*simTask {
	return slices.DeleteFunc(s.live(), func(k *simTask) bool { return k.t == cx.own })
}

// deadlocked says whether nothing can wake what waits. The caller is about to park.
func (s *sim) deadlocked() bool {
	if !s.rt.driven() || s.rt.stop.Load() || s.driver.Outside() || len(s.live()) == 0 {
		return false
	}
	for _, o := range s.outer {
		if o.mayComeAlone() {
			return false
		}
	}
	return !s.foreigners()
}

// resolve cancels all that waits, as a shutdown does, and ends the grace of cleanup if that is what waits.
func (s *sim) resolve() {
	how, all := state.shutdown, s.live()
	if s.forced {
		how = state.force
	} else {
		s.driver.Deadlock(waiting(all))
	}
	s.forced = !s.forced
	for _, k := range all {
		k.t.ask(how, nil)
	}
}

// ours are functions of goroutines that only wait for their turn, or that start nothing.
var ours = []string{"rt.(*runner).main", "rt.(*blockCore).run", "rt.driveBaton", "rt.(*Runtime).shutdown", "iter.Pull"}

// foreigners says whether ordinary goroutines that tasks have started, or that belong to the runtime in
// another way, are there: they may wake tasks.
func (s *sim) foreigners() bool {
	var text bytes.Buffer
	if pprof.Lookup("goroutine").WriteTo(&text, 1) != nil {
		return true
	}
	label := strconv.Quote("asyncgen") + ":" + strconv.Quote(s.rt.name)
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
	look() (over bool)
	// mayComeAlone says whether it may come though no goroutine is left that the runtime knows of.
	mayComeAlone() bool
}

func (s *sim) watch(o outsider) { s.outer = append(s.outer, o) }

func (s *sim) forget(o outsider) {
	if i := slices.Index(s.outer, o); i >= 0 {
		s.outer = slices.Delete(s.outer, i, i+1)
	}
}

func (s *sim) lookOutside() {
	for i := 0; i < len(s.outer); {
		if s.outer[i].look() {
			s.outer = slices.Delete(s.outer, i, i+1)
		} else {
			i++
		}
	}
	for s.meeting() {
	}
}

// meeting has the first two meet that wait for each other at a native channel, if there are such.
func (s *sim) meeting() bool {
	for _, o := range s.outer {
		to, ok := o.(nativeWait)
		if !ok {
			continue
		}
		ch, sends := to.sends()
		for _, o := range s.outer {
			from, ok := o.(nativeWait)
			if !ok || sends || ch == 0 {
				continue
			}
			if other, ok := from.sends(); ok && other == ch {
				met := to.meet(from)
				s.outer = slices.DeleteFunc(s.outer, func(o outsider) bool { return o == from || o == to && met })
				return true
			}
		}
	}
	return false
}

// shown is the task whose calls say where t waits, which does not run: itself, or what a goroutine in BlockOn polls.
func (t *task) shown() *task {
	if b := batonOf(t); b != nil && b.awaits != nil {
		return b.awaits
	}
	return t
}

// place says where t waits, which does not run.
func (t *task) place() (p simulation.Place) {
	if t = t.shown(); t.leaf == nil {
		return p
	}
	p.Leaf = t.leaf.Func().Name
	for m := t.leaf; m != nil; m = frameOf(m).parent {
		if s := stateOf(m); s.Pos != "" {
			p.Func, p.State, p.Pos = m.Func().Name, s.Name, s.Pos
			break
		}
	}
	return p
}

func waiting(tasks []*simTask) (lines []string) {
	for _, k := range tasks {
		lines = append(lines, k.where())
	}
	return lines
}

// where says where k waits, for people: the innermost call first.
func (k *simTask) where() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", k.ID, k.Name)
	s := k.t.load()
	switch {
	case k.Root && k.t.shown() == k.t:
		return b.String()
	case s.is(stateRunning):
		return b.String() + ": runs"
	case !s.is(stateStarted):
		return b.String() + ": has not begun"
	}
	before := ": waits in "
	for m := k.t.shown().leaf; m != nil; m = frameOf(m).parent {
		b.WriteString(before + m.Func().Name)
		switch s := stateOf(m); {
		case s.Pos != "":
			b.WriteString(" (" + s.Name + ", " + s.Pos + ")")
		case s.Name != "":
			b.WriteString(" (" + s.Name + ")")
		}
		before = ", called by "
	}
	return b.String()
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
	m.parent = frameOf(leaf).parent
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
