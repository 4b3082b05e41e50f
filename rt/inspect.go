package rt

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// A task that waits can be looked at: nobody polls it, so its frames stand still. Whoever wants to look sets
// stateRunning, as for a turn, and ends that as a turn ends, so that a wake meanwhile is not lost:
//
//	waiting ──hold──▶ running (nobody polls) ──letGo──▶ waiting, or in a queue if it was woken
//
// It needs no preparation, and polls nothing. A task that runs, or is in a queue, cannot be held; of that
// only the name is known.

// TaskInfo says what a task does; see [Runtime.Dump].
type TaskInfo struct {
	ID     uint64 `json:"id,omitempty"` // if somebody has asked for it, see [JoinHandle.ID]
	Name   string `json:"name"`
	Status string `json:"status"`           // waiting, ready or cleaning up
	Waits  string `json:"waits,omitempty"`  // for how long, with the option [Origins]
	Origin string `json:"origin,omitempty"` // where it was spawned, with that option
	Chain  []Call `json:"chain,omitempty"`  // the calls that it is in, the innermost first; none if it is ready

	task    *task
	waits   time.Duration
	waitsOn *task // the task whose handle it awaits
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

// hold keeps a task that waits from being polled, and reports whether it does.
func (t *task) hold() bool {
	for {
		s := t.load()
		if s&(stateDone|stateRunning|stateScheduled|stateForeign|stateExtra) != 0 || s&stateSpawned == 0 || s&stateStarted == 0 {
			return false
		}
		if t.state.CompareAndSwap(uint32(s), uint32(s|stateRunning)) { // pairs with letGo, and with the end of a turn
			return true
		}
	}
}

// letGo undoes hold.
func (t *task) letGo() {
	if _, do := t.change(state.pause); do == doSubmit {
		t.submit(nil)
	}
}

// inspector collects what tasks do.
type inspector struct {
	locals bool
	depth  int // of chains in chains, so that a future that awaits itself does not hang us
	// foreign is how many ends of chains something else than rt may wake, or may be about to.
	foreign int
	on      *task
}

// describable is a future, or a frame, that says more than its Func does.
type describable interface{ describe(in *inspector, c *Call) }

// task is what t does. It gives nil if t has ended meanwhile.
func (in *inspector) task(t *task) *TaskInfo {
	s := t.load()
	if s.is(stateDone) {
		return nil
	}
	info := &TaskInfo{Name: t.title(), Status: "ready", task: t}
	if a := t.aux.Load(); isExtra(a) {
		info.ID = t.extra().number.Load()
	}
	if !t.hold() {
		return info
	}
	defer t.letGo()
	info.Status = "waiting"
	if t.load().is(stateCleaning) {
		info.Status = "cleaning up"
	}
	if x := t.wasSeen(); x != nil {
		info.Origin = x.origin
		if since := x.paused.Load(); since != 0 {
			info.waits = time.Duration(t.shard.rt.clock.now() - since)
			info.Waits = info.waits.String()
		}
	}
	in.on, in.depth = nil, 0
	info.Chain, info.bytes = in.chain(t.leaf), frameBytes(t.leaf)
	info.waitsOn = in.on
	return info
}

// chain describes the calls from m to the outermost.
func (in *inspector) chain(m Machine) (calls []Call) {
	if f := m.Func(); f != &awaitFunc && !f.Inner {
		in.foreign++
	}
	for ; m != nil; m = frameOf(m).parent {
		c := in.call(m)
		if m.Func() == &awaitFunc && len(c.Branches) == 1 { // what it awaits says it all
			calls = append(calls, c.Branches[0]...)
			continue
		}
		calls = append(calls, c)
	}
	return calls
}

func (in *inspector) call(m Machine) Call {
	s := stateOf(m)
	c := Call{Function: m.Func().Name, State: s.Name, Pos: s.Pos, Awaits: s.Awaits}
	if in.locals && s.Live != "" {
		c.Locals = localsOf(m, s.Live)
	}
	if d, ok := m.(describable); ok {
		d.describe(in, &c)
	}
	return c
}

// future describes a future as the end of a chain.
func (in *inspector) future(f any) []Call {
	if in.depth > 32 {
		in.foreign++
		return []Call{{Function: "…"}}
	}
	in.depth++
	defer func() { in.depth-- }()
	switch f := f.(type) {
	case nil:
		return nil
	case interface{ insideOf(*inspector) []Call }:
		return f.insideOf(in)
	case Inspectable:
		return in.inspected(f)
	}
	in.end(f)
	c := Call{Function: typeName(f)}
	if d, ok := f.(describable); ok {
		d.describe(in, &c)
	}
	return []Call{c}
}

// Inspectable is a future, a stream or a leaf that says what it waits for. It is for rt's own packages: Inspect is
// called while nobody polls it.
type Inspectable interface{ Inspect(i *Inspection) }

// Inspection is what an [Inspectable] says.
type Inspection struct {
	Function string // its name; empty: that of its type, or of its Func
	Detail   string // more about what it waits for
	Inner    bool   // only rt and its packages end the wait; see [Func.Inner]
	On       any    // a future or stream that stands for it; nil: none
}

// inspected describes f as the end of a chain, or as the chain of what stands for it.
func (in *inspector) inspected(f Inspectable) []Call {
	i := Inspection{Function: typeName(f)}
	f.Inspect(&i)
	if i.On != nil {
		return in.future(i.On)
	}
	if !i.Inner {
		in.foreign++
	}
	return []Call{{Function: i.Function, Detail: i.Detail}}
}

// typeName names the type of a future that somebody has written.
func typeName(f any) string {
	name := strings.TrimPrefix(reflect.TypeOf(f).String(), "*")
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	return name
}

// insideOf implements the description of a box that its owner polls.
func (b *Box[T]) insideOf(in *inspector) []Call {
	t := &b.t
	switch s := t.load(); {
	case s.is(stateDone):
		return nil
	case s.is(stateSpawned): // its cleanup is a task of its own
		return []Call{{Function: t.title(), Detail: "a task of its own"}}
	case t.leaf == nil:
		in.foreign++
		return nil
	}
	return in.chain(t.leaf)
}

// insideOf says of which task it is the handle.
func (h *JoinHandle[T]) insideOf(in *inspector) []Call {
	in.on = &h.t
	return []Call{{Function: "rt.JoinHandle", Detail: "of task " + h.t.title()}}
}

func (m *await[T]) describe(in *inspector, c *Call) {
	if calls := in.future(m.f); len(calls) > 0 {
		c.Branches = [][]Call{calls}
	}
}

func (b *borrowed[T]) insideOf(in *inspector) []Call { return in.future(b.f) }
func (s *shield[T]) insideOf(in *inspector) []Call {
	return under("rt.Shield", in.future(s.f))
}
func (u *unconstrained[T]) insideOf(in *inspector) []Call { return in.future(u.f) }

// under puts the call of a function that has one future below the chain of that.
func under(function string, calls []Call) []Call {
	return append(slices.Clone(calls), Call{Function: function})
}

func (c *cancelFuture) insideOf(in *inspector) []Call { return under("rt.Cancel", in.future(c.f)) }

func (r *retry[T]) insideOf(in *inspector) []Call {
	c := Call{Function: "rt.Retry", Detail: fmt.Sprintf("attempt %d", r.n)}
	if r.try == nil {
		return append(in.future(r.pause), c)
	}
	return append(in.future(r.try), c)
}

// describe names a verb, with what its arms do that have not finished.
func (v *verb) describe(in *inspector, c *Call) {
	c.Function = "rt." + v.self.name()
	switch v.state {
	case verbSettling, verbLeaving:
		c.State = "cancels what is left"
	}
	const most = 16
	for i := range v.self.count() {
		a := v.self.arm(i)
		if !a.live() {
			continue
		}
		if len(c.Branches) == most {
			c.Detail = "and more"
			in.foreign++ // as they are not looked at
			return
		}
		calls := in.future(a.future())
		if len(calls) == 0 {
			calls = []Call{{Function: "not started"}}
		}
		c.Branches = append(c.Branches, calls)
	}
}

func (b *blockCore) describe(in *inspector, c *Call) {
	c.Function, c.Detail = "rt."+b.what, "a block of ordinary code, with a goroutine of its own"
	if b.awaits != nil {
		c.Branches = [][]Call{in.future(b.awaits)}
	}
}

func (m *sleepFrame) describe(_ *inspector, c *Call) {
	if !m.timer.Armed() {
		c.Detail = "its time has come"
	}
}

// insideOf says what the call of a lane does.
func (l *lane[T, R]) insideOf(in *inspector) []Call { return in.future(l.call) }

// insideOf says what the stream does.
func (n *nextOf[T]) insideOf(in *inspector) []Call { return in.future(n.s.self) }

// insideOf says what the stream does.
func (n *eachNext[T]) insideOf(in *inspector) []Call { return in.future(n.it.s) }

// insideOf says what the call does that is the stream.
func (b *StreamBox[T]) insideOf(in *inspector) []Call { return b.box.insideOf(in) }

func (n *native[T]) describe(_ *inspector, c *Call) {
	c.Function, c.Detail = "rt."+n.what, "on a native channel"
}

func (w *groupWait) describe(_ *inspector, c *Call) {
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	c.Function, c.Detail = "rt.(*Group).Wait", fmt.Sprintf("for %d members", len(w.g.members))
}

func (m *scopeMembers) describe(_ *inspector, c *Call) {
	g := &m.s.g
	g.mu.Lock()
	defer g.mu.Unlock()
	c.Function, c.Detail = "members", fmt.Sprint(len(g.members))
}

func (p *pollFunc[T]) describe(_ *inspector, c *Call) { c.Function = "rt.PollFunc" }
func (never[T]) describe(_ *inspector, c *Call)       { c.Function = "rt.Never" }
func (a *alarm) describe(_ *inspector, c *Call)       { c.Function = "timer" }

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
