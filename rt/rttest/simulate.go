package rttest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/simnet"
	"github.com/asyncgen/asyncgen/rt/internal/simulation"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// simulated is one run. It implements [simulation.Driver].
type simulated struct {
	config
	chooser
	verdict func(t *simulation.Task) simulation.Verdict // nil: all go on

	hash     uint64 // of all that has happened
	turn     int
	events   []event // the last ones
	problems []string
	ending   bool // the body has ended, or is given up: what happens from now on is not in the hash
}

// event is a turn of a task.
type event struct {
	turn  int
	now   time.Duration
	task  *simulation.Task
	ready int // how many there were to pick from
	how   outcome
	place place
	with  error // the task has ended with it
}

// place is where a task waits.
type place simulation.Place

func (p place) text() string {
	what := "waits in " + p.Leaf
	switch p.Leaf {
	case "":
		what = "waits"
	case p.Func, "rt.Yield":
		what = "gives way"
	}
	if p.Func != "" {
		what += ", in " + p.Func + " (" + p.State + ", " + p.Pos + ")"
	}
	return what
}

// outcome says how a turn has ended.
type outcome uint8

const (
	runs outcome = iota
	waits
	cancelled // waits, and we cancel it
	panicked  // waits, and we have it panic
	ended
)

// maxEvents is how many turns a timeline has at most.
const maxEvents = 200

// Pick implements [simulation.Driver].
func (x *simulated) Pick(ready []*simulation.Task, now int64) int {
	x.turn++
	if x.turn == x.turns && !x.ending {
		x.problem("it still runs after %d turns", x.turns)
		x.ending = true
		return -1
	}
	i := 0
	if !x.ending {
		i = x.pick(ready)
		x.note(uint64(ready[i].ID), uint64(now))
		if len(x.events) == 2*maxEvents {
			x.events = append(x.events[:0], x.events[maxEvents:]...)
		}
		x.events = append(x.events, event{turn: x.turn, now: time.Duration(now), task: ready[i], ready: len(ready)})
	}
	return i
}

// Random implements [simulation.Driver].
func (x *simulated) Random(n int) int {
	if x.ending {
		return 0
	}
	i := x.random(n)
	x.note(uint64(i))
	return i
}

// Paused implements [simulation.Driver].
func (x *simulated) Paused(t *simulation.Task, at simulation.Place) simulation.Verdict {
	if x.ending {
		return simulation.GoOn
	}
	x.noteText(at.Leaf, at.Func, at.Pos)
	v, how := simulation.GoOn, waits
	if x.verdict != nil {
		v = x.verdict(t)
	}
	switch v {
	case simulation.Cancel:
		how = cancelled
	case simulation.Panic:
		how = panicked
	case simulation.GoOn:
	}
	x.over(t, how, at)
	return v
}

// Ended implements [simulation.Driver].
func (x *simulated) Ended(t *simulation.Task, with error) {
	if x.ending {
		return
	}
	x.noteText("ended")
	if e := x.over(t, ended, simulation.Place{}); e != nil {
		e.with = with
	}
}

// over notes how the last turn of t has ended, and gives its event, if it is known still.
func (x *simulated) over(t *simulation.Task, how outcome, at simulation.Place) *event {
	for i := len(x.events) - 1; i >= 0; i-- {
		if e := &x.events[i]; e.task == t && e.how == runs {
			e.how, e.place = how, place(at)
			return e
		}
	}
	return nil
}

// Deadlock implements [simulation.Driver].
func (x *simulated) Deadlock(waiting []string) {
	x.problem("deadlock: nothing can wake these:\n\t%s", strings.Join(waiting, "\n\t"))
	x.ending = true
}

// Outside implements [simulation.Driver].
func (x *simulated) Outside() bool { return x.outer }

func (x *simulated) problem(format string, args ...any) {
	x.problems = append(x.problems, fmt.Sprintf(format, args...))
}

// note adds numbers to the hash (FNV-1a).
func (x *simulated) note(numbers ...uint64) {
	for _, n := range numbers {
		for range 8 {
			x.hash = (x.hash ^ n&0xff) * 0x100000001b3
			n >>= 8
		}
	}
}

func (x *simulated) noteText(texts ...string) {
	for _, s := range texts {
		for i := range len(s) {
			x.hash = (x.hash ^ uint64(s[i])) * 0x100000001b3
		}
		x.note(uint64(len(s)))
	}
}

// run runs body, and then ends what is left. A Goexit or a panic of the body, which has the calling goroutine, goes on
// when that is done.
func (x *simulated) run(body rt.Future[rt.Unit]) error { return x.runOn(task.NewSim(x), body) }

func (x *simulated) runOn(c *task.Sim, body rt.Future[rt.Unit]) (err error) {
	x.hash = 0xcbf29ce484222325
	r := rt.New(c.Configure)
	c.SetNetwork(simnet.New(c, simnet.Faults(x.faults)))
	returned := false
	defer func() {
		c.Do(func(left []string) {
			if returned && !x.ending && !x.leaks && len(left) > 0 {
				x.problem("the body has ended, and these have not:\n\t%s", strings.Join(left, "\n\t"))
			}
			if n := len(x.events); !x.ending && n > 0 {
				x.events = x.events[:n-1] // that is we
			}
			x.ending = true
		})
		c.CancelRest()
		if e := r.Shutdown(context.Background()); e != nil {
			x.problem("%v", e)
		}
		if returned {
			x.check()
		}
	}()
	_, err = rt.BlockOn(body, rt.On(r), rt.Name("the test"))
	returned = true
	return err
}

// check calls the functions of [Check].
func (x *simulated) check() {
	for _, f := range x.checks {
		if err := f(); err != nil {
			x.problem("check: %v", err)
		}
	}
}

// attempt is run for a test: it reports what has failed, and how to do it again. It reports whether to go on.
func (x *simulated) attempt(t testing.TB, again string, body rt.Future[rt.Unit]) (ok bool) {
	t.Helper()
	before, returned := t.Failed(), false
	defer func() {
		if returned && len(x.problems) == 0 && (before || !t.Failed()) {
			ok = true
			return
		}
		text := strings.Join(append(x.problems, "to repeat it: "+again, x.timeline()), "\n")
		if len(x.problems) > 0 {
			t.Errorf("rttest: %s", text)
		} else {
			t.Logf("rttest: %s", text)
		}
	}()
	if err := x.run(body); err != nil && len(x.problems) == 0 {
		x.problem("the body has failed: %v", err)
	}
	returned = true
	return false // the deferred call knows
}

// timeline is what has happened, a line for each turn, and one for several that are the same.
func (x *simulated) timeline() string {
	var b strings.Builder
	b.WriteString("  turn       time  of  task\n")
	events := x.events[max(0, len(x.events)-maxEvents):]
	var last string
	again := 0
	more := func() {
		if again > 0 {
			fmt.Fprintf(&b, "%22s  %d more of these\n", "", again)
		}
		again = 0
	}
	for i := range events {
		e := &events[i]
		line := fmt.Sprintf("%10v %3d  %d %s: %s\n", e.now, e.ready, e.task.ID, e.task.Name, e.text())
		if line == last {
			again++
			continue
		}
		more()
		fmt.Fprintf(&b, "%6d %s", e.turn, line)
		last = line
	}
	more()
	return b.String()
}

func (e *event) text() string {
	switch e.how {
	case waits:
		return e.place.text()
	case cancelled:
		return e.place.text() + ": CANCELLED there"
	case panicked:
		return e.place.text() + ": PANICS there"
	case ended:
		return endText(e.with)
	case runs:
	}
	return "runs"
}

// endText says how a task has ended.
func endText(with error) string {
	switch p, isPanic := with.(*rt.PanicError); { //nolint:errorlint // an error that wraps it is an error
	case with == nil:
		return "ends"
	case isPanic:
		return "panics: " + firstLine(fmt.Sprint(p.Value))
	case with == rt.ErrAborted:
		return "ends, aborted"
	case with == rt.ErrGoexit:
		return "ends by runtime.Goexit"
	}
	return "ends with an error: " + firstLine(with.Error())
}

// firstLine is what a line has room for of s.
func firstLine(s string) string {
	const most = 120
	line, _, more := strings.Cut(s, "\n")
	if len(line) > most {
		line, more = strings.TrimSpace(strings.ToValidUTF8(line[:most], "")), true
	}
	if more {
		line += " …"
	}
	return line
}
