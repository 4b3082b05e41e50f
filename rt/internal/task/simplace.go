package task

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/simulation"
)

// Where the tasks of a simulated runtime wait, and with what they end, for the timeline of a test that fails.

// simName is the title of t, which does not run; that of a future which is no call is what a dump calls it.
func (t *Task) simName() string {
	if name := t.Title(); name != awaitFunc.Name || t.Leaf == nil {
		return name
	}
	return dumpName(outermost(t.Leaf).(anyAwait).awaited())
}

// anyAwait is an await of a future.
type anyAwait interface{ awaited() any }

// dumpName is what a dump calls f.
func dumpName(f any) string {
	calls := new(Inspector).Future(f)
	if len(calls) == 0 {
		return awaitFunc.Name
	}
	last := calls[len(calls)-1]
	if last.Pos != "" { // the function of a block may have many names, and has one place
		return last.Function + " (" + last.Pos + ")"
	}
	return last.Function
}

// waitsIn is where a task waits, which does not run.
type waitsIn struct {
	calls []Machine // the innermost ones: of the task, of what a block awaits that it polls, and so on
	end   any       // what the last of them awaits, or a goroutine in BlockOn, if it is no call
}

// waitsIn follows the calls of t, or what a goroutine in BlockOn polls.
func (t *Task) waitsIn() (w waitsIn) {
	if b := batonOf(t); b != nil {
		w.future(b.polls)
	} else {
		w.call(t.Leaf)
	}
	return w
}

func (w *waitsIn) future(f any) {
	if b, ok := f.(interface{ inside() any }); ok && b.inside() != nil && len(w.calls) < 32 { // it may await itself
		w.future(b.inside())
	} else if t := boxTask(f); t != nil && t.Leaf != nil {
		w.call(t.Leaf)
	} else {
		w.end = f
	}
}

func (w *waitsIn) call(m Machine) {
	if m == nil {
		return
	}
	w.calls = append(w.calls, m)
	if a, ok := m.(anyAwait); ok {
		w.future(a.awaited())
	}
}

// place says where t waits, which does not run.
func (t *Task) place() (p simulation.Place) {
	w := t.waitsIn()
	switch {
	case w.end != nil:
		p.Leaf = dumpName(w.end)
	case len(w.calls) > 0:
		p.Leaf = w.calls[len(w.calls)-1].Func().Name
	}
	for _, m := range slices.Backward(w.calls) {
		for ; m != nil; m = Head(m).parent {
			if s := stateOf(m); s.Pos != "" {
				p.Func, p.State, p.Pos = m.Func().Name, s.Name, s.Pos
				return p
			}
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
	name := fmt.Sprintf("%d %s", k.ID, k.Name)
	b := batonOf(k.t)
	var calls []Call
	switch s := k.t.Load(); {
	case b != nil:
		calls = new(Inspector).Future(b.polls)
	case s.Is(StateRunning):
		return name + ": runs"
	case !s.Is(StateStarted):
		return name + ": has not begun"
	default:
		calls = new(Inspector).chain(k.t.Leaf)
	}
	if len(calls) == 0 {
		return name
	}
	return name + ": waits in " + onOneLine(calls)
}

// mostBranches is how many branches of a call are written on a line.
const mostBranches = 8

// onOneLine writes a chain of calls:
//
//	rtsync.(*Mutex).Lock (Lock) [held by task main.other], called by main.lockBoth (Lock2, main.go:37)
//	rt.Join2 {rt.Sleep (asleep); rtsync.(*Notify).Wait (Wait), called by main.wait (Wait, main.go:10)}, called by rt.AsyncFunc
func onOneLine(calls []Call) string {
	var b strings.Builder
	before := ""
	write := func(text string) {
		b.WriteString(before + text)
		before = ", called by "
	}
	for _, c := range calls {
		if len(c.Branches) == 1 {
			write(onOneLine(c.Branches[0]))
		}
		write(c.Function)
		switch {
		case c.State != "" && c.Pos != "":
			b.WriteString(" (" + c.State + ", " + c.Pos + ")")
		case c.State+c.Pos != "":
			b.WriteString(" (" + c.State + c.Pos + ")")
		}
		switch n := len(c.Branches); {
		case n > 1:
			var branches []string
			for _, branch := range c.Branches[:min(n, mostBranches)] {
				branches = append(branches, onOneLine(branch))
			}
			if n > mostBranches {
				branches = append(branches, "…")
			}
			b.WriteString(" {" + strings.Join(branches, "; ") + "}")
		case n == 0 && c.Detail != "":
			b.WriteString(" [" + c.Detail + "]")
		}
	}
	return b.String()
}

// failure is the error with which t has ended, or what stands for its panic or abort; nil: none.
func (t *Task) failure() error {
	switch t.Leaf.Func().Result {
	case ResultErr:
		return (*FrameErr)(unsafe.Pointer(Head(t.Leaf))).Err
	case ResultValErr: // a FrameOf of a type that only the handle knows
		v := reflect.NewAt(reflect.TypeOf(t.Leaf).Elem(), unsafe.Pointer(Head(t.Leaf))).Elem()
		for v.Type().Field(0).Type != reflect.TypeFor[Frame]() {
			v = v.Field(0)
		}
		return *(*error)(v.FieldByName("Err").Addr().UnsafePointer())
	case ResultNone, ResultVal:
	}
	return nil
}
