package task

import (
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// A task that waits can be looked at: nobody polls it, so its frames stand still. Whoever wants to look sets
// StateRunning, as for a turn, and ends that as a turn ends, so that a wake meanwhile is not lost:
//
//	waiting ──hold──▶ running (nobody polls) ──LetGo──▶ waiting, or in a queue if it was woken
//
// It needs no preparation, and polls nothing. A task that runs, or is in a queue, cannot be held; of that
// only the name is known.

// TaskInfo says what a task does; see [Runtime.Dump].
type TaskInfo struct {
	ID     uint64 `json:"id,omitempty"` // if somebody has asked for it, see [JoinHandle.ID]
	Name   string `json:"name"`
	Status string `json:"status"`           // waiting, ready, running or cleaning up
	Waits  string `json:"waits,omitempty"`  // for how long, with the option [Origins]
	Origin string `json:"origin,omitempty"` // where it was spawned, with that option
	Chain  []Call `json:"chain,omitempty"`  // the calls that it is in, the innermost first; none if it is ready or runs

	task    *Task
	waits   time.Duration
	waitsOn *Task // the task whose handle it awaits
	bytes   int64 // of the frames
}

// Call is a call that waits, or what a call waits for.
type Call struct {
	Function string   `json:"function"`
	State    string   `json:"state,omitempty"`    // the name of the state it waits in
	Pos      string   `json:"pos,omitempty"`      // file:line of the source
	Awaits   string   `json:"awaits,omitempty"`   // what it waits for, as the source has it
	Detail   string   `json:"detail,omitempty"`   // more about that, as far as it is known
	Locals   []Local  `json:"locals,omitempty"`   // if they were asked for
	Branches [][]Call `json:"branches,omitempty"` // the chains of what it waits for, if these are futures; the innermost call first
}

// Local is a variable that a call keeps while it waits.
type Local struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Inspector collects what tasks do.
type Inspector struct {
	locals bool
	depth  int // of chains in chains, so that a future that awaits itself does not hang us
	// foreign is how many ends of chains something else than rt may wake, or may be about to.
	Foreign int
	on      *Task
	calls   []Call // of the last task
}

// standsFor is a future that is described by what is inside of it.
type standsFor interface{ InsideOf(in *Inspector) []Call }

// streamed is a stream of any type.
type streamed interface{ source() any }

// describable is a future, or a frame, that says more than its Func does.
type describable interface{ Describe(in *Inspector, c *Call) }

// task is what t does, until the next call. It gives nil if t has ended meanwhile.
func (in *Inspector) task(t *Task) *TaskInfo {
	s := t.Load()
	if s.Is(StateDone) {
		return nil
	}
	info := &TaskInfo{Name: t.Title(), Status: "ready", task: t}
	if a := t.aux.Load(); isExtra(a) {
		info.ID = t.Extra().number.Load()
	}
	if !t.hold() {
		if t.Load().Is(StateRunning) {
			info.Status = "running"
		}
		return info
	}
	defer t.letGo()
	info.Status = "waiting"
	if t.Load().Is(StateCleaning) {
		info.Status = "cleaning up"
	}
	if x := t.wasSeen(); x != nil {
		info.Origin = x.origin
		if since := x.paused.Load(); since != 0 {
			info.waits = time.Duration(t.shard.Load().rt.Clock.Now() - since)
			info.Waits = info.waits.String()
		}
	}
	in.on, in.depth = nil, 0
	leaf := unprobed(t.Leaf)
	in.calls = in.calls[:0]
	if t.isAsleep() {
		in.calls = append(in.calls, Call{Function: sleepFunc.Name, State: sleepFunc.States[sleepArmed].Name})
		if leaf.Func() == &yieldFunc { // it stands for a Sleep that is the last of its caller
			leaf = Head(leaf).parent
		}
		in.calls = in.addCallers(in.calls, leaf)
	} else {
		in.calls = in.addChain(in.calls, leaf)
	}
	info.Chain, info.bytes = in.calls, frameBytes(leaf)
	info.waitsOn = in.on
	return info
}

// chain describes the calls from m to the outermost.
func (in *Inspector) chain(m Machine) []Call { return in.addChain(nil, m) }

func (in *Inspector) addChain(calls []Call, m Machine) []Call {
	if f := m.Func(); !isAwait(f) && !f.Inner {
		in.Foreign++
	}
	return in.addCallers(calls, m)
}

// addCallers adds the calls from m to the outermost.
func (in *Inspector) addCallers(calls []Call, m Machine) []Call {
	for ; m != nil; m = Head(m).parent {
		c := in.call(m)
		if isAwait(m.Func()) && len(c.Branches) == 1 { // what it awaits says it all
			calls = append(calls, c.Branches[0]...)
			continue
		}
		calls = append(calls, c)
	}
	return calls
}

func (in *Inspector) call(m Machine) Call {
	s := stateOf(m)
	c := Call{Function: m.Func().Name, State: s.Name, Pos: s.Pos, Awaits: s.Awaits}
	if in.locals && s.Live != "" {
		c.Locals = localsOf(m, s.Live)
	}
	switch d := m.(type) {
	case describable:
		d.Describe(in, &c)
	case Inspectable:
		var i Inspection
		d.Inspect(&i)
		if c.Detail = i.Detail; i.Held != nil && c.Detail == "" {
			c.Detail = in.holder(i.Held)
		}
		c.Detail += in.holders(&i.Permits)
	}
	return c
}

// Future describes a future as the end of a chain.
func (in *Inspector) Future(f any) []Call {
	if in.depth > 32 {
		in.Foreign++
		return []Call{{Function: "…"}}
	}
	in.depth++
	defer func() { in.depth-- }()
	switch f := f.(type) {
	case nil:
		return nil
	case standsFor:
		return f.InsideOf(in)
	case Inspectable:
		return in.inspected(f)
	}
	if s, ok := f.(streamed); ok && s.source() != f {
		return in.Future(s.source())
	}
	if t := boxTask(f); t != nil {
		return in.box(t)
	}
	if t := handleTask(f); t != nil {
		return in.handle(t)
	}
	in.end(f)
	c := Call{Function: typeName(f)}
	if d, ok := f.(describable); ok {
		d.Describe(in, &c)
	}
	return []Call{c}
}

// Inspectable is a future, a stream or a leaf that says what it waits for. It is for rt's own packages: Inspect is
// called while nobody polls it.
type Inspectable interface{ Inspect(i *Inspection) }

// Inspection is what an [Inspectable] says.
type Inspection struct {
	Function string  // its name; empty: that of its type, or of its Func
	Detail   string  // more about what it waits for
	Inner    bool    // only rt and its packages end the wait; see [Func.Inner]
	On       any     // a future or stream that stands for it; nil: none
	Held     *Holder // who has what it waits for; nil: nobody in particular
	Permits  Holders // the same, if there are several; their names follow Detail
}

// inspected describes f as the end of a chain, or as the chain of what stands for it.
func (in *Inspector) inspected(f Inspectable) []Call {
	i := Inspection{Function: typeName(f)}
	f.Inspect(&i)
	if i.On != nil {
		return in.Future(i.On)
	}
	if !i.Inner {
		in.Foreign++
	}
	return []Call{{Function: i.Function, Detail: i.Detail}}
}

// Counted is n with what is counted: 1 task, 2 tasks.
func Counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprint(n, " ", what)
}

// typeName names the type of a future that somebody has written.
func typeName(f any) string {
	name := strings.TrimPrefix(reflect.TypeOf(f).String(), "*")
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	return name
}

// box describes a box that its owner polls.
func (in *Inspector) box(t *Task) []Call {
	switch s := t.Load(); {
	case s.Is(StateDone):
		return nil
	case s.Is(StateSpawned): // its cleanup is a task of its own
		return []Call{{Function: t.Title(), Detail: "a task of its own"}}
	case t.Leaf == nil:
		in.Foreign++
		return nil
	}
	return in.chain(t.Leaf)
}

// handle says of which task f is the handle.
func (in *Inspector) handle(t *Task) []Call {
	in.on = t
	return []Call{{Function: "rt.JoinHandle", Detail: "of task " + t.Title()}}
}

func (m *await[T]) Describe(in *Inspector, c *Call) {
	if calls := in.Future(m.f); len(calls) > 0 {
		c.Branches = [][]Call{calls}
	}
}

// Under puts the call of a function that has one future below the chain of that.
func Under(function string, calls []Call) []Call {
	return append(slices.Clone(calls), Call{Function: function})
}

func (c *CancelFuture) InsideOf(in *Inspector) []Call { return Under("rt.Cancel", in.Future(c.F)) }

func (b *BlockCore) Describe(in *Inspector, c *Call) {
	c.Function, c.Detail = "rt."+b.What, "a block of ordinary code with a goroutine of its own"
	if b.Entry != 0 {
		f := runtime.FuncForPC(b.Entry)
		file, line := f.FileLine(b.Entry)
		c.Pos, c.Detail = fmt.Sprint(filepath.Base(file), ":", line), shortName(f)+", "+c.Detail
	}
	if b.awaits != nil {
		c.Branches = [][]Call{in.Future(b.awaits)}
	}
}

func (m *SleepFrame) Describe(_ *Inspector, c *Call) {
	if !m.timer.Armed() {
		c.Detail = "its time has come"
	}
}

// InsideOf says what the stream does.
func (n *nextOf[T]) InsideOf(in *Inspector) []Call { return in.Future(n.s.self) }

func (a *Alarm) Describe(_ *Inspector, c *Call) { c.Function = "timer" }

// localsOf is the values of the variables that m keeps; live has their names, with commas between, as [Func.Table]
// says. The frame must stand still. What a variable points to does not, so it is not looked at.
func localsOf(m Machine, live string) (locals []Local) {
	v := reflect.ValueOf(m).Elem()
	for _, name := range strings.Split(live, ", ") {
		name, field, _ := strings.Cut(name, "=")
		f := v.FieldByName(cmp.Or(field, name))
		if !f.IsValid() {
			continue
		}
		f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		locals = append(locals, Local{name, shown(f, 3)})
	}
	return locals
}

// mostShown is how much of a value is shown.
const mostShown = 80

// shown is v as text, bounded, without following pointers.
func shown(v reflect.Value, depth int) string {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > mostShown {
			return fmt.Sprintf("%q…", v.String()[:mostShown])
		}
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		if v.IsNil() {
			return "nil"
		}
		return fmt.Sprintf("%s of %d", v.Type(), v.Len())
	case reflect.Map, reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if v.IsNil() {
			return "nil"
		}
		return v.Type().String()
	case reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return v.Elem().Type().String()
	case reflect.Struct, reflect.Array:
		if depth == 0 || v.Kind() == reflect.Array && v.Len() > 8 {
			return v.Type().String()
		}
		return shownParts(v, depth)
	}
	return fmt.Sprint(v)
}

// shownParts is a struct or a short array as text.
func shownParts(v reflect.Value, depth int) string {
	var b strings.Builder
	b.WriteByte('{')
	n, name := v.Len, func(int) string { return "" }
	if v.Kind() == reflect.Struct {
		n, name = v.NumField, func(i int) string { return v.Type().Field(i).Name + ": " }
	}
	for i := range n() {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > mostShown {
			b.WriteString("…")
			break
		}
		var part reflect.Value
		if v.Kind() == reflect.Struct {
			part = v.Field(i)
		} else {
			part = v.Index(i)
		}
		b.WriteString(name(i) + shown(part, depth-1))
	}
	b.WriteByte('}')
	return b.String()
}
