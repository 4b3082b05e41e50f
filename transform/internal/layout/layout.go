// Package layout decides where each variable of a machine lives.
//
// All variables are Go variables of the generated body. What is read after an await must also have
// a slot in the frame while the call waits. Two variables of one type share a slot where no await
// has both alive. A variable that a closure names or whose address is taken, and that outlives
// an await or can be made twice in a call, is a cell: the body has a pointer to it, so that it keeps
// one identity. We turn
//
//	func f(xs []int) int {
//		n := 0                              n     alive at 1: a slot
//		add := func(d int) { n += d }       n     named by a closure, too: a cell
//		for _, x := range xs { add(x) }     x     not alive at an await: no slot
//		v := rt.Await(g())                  1: keeps n
//		return n + v                        xs    dead at 1: cleared there
//	}
//
// into the table that [Layout.String] prints.
package layout

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/gc"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// A Layout is what is known of the variables of one machine.
type Layout struct {
	Machine *ir.Machine
	Cells   map[*ir.Var]bool
	Keeps   [][]*ir.Var      // by state: what is stored there; state 0 has the parameters
	Lasting [][]*ir.Var      // by state: those of Keeps that are stored since the call has a frame
	Wide    map[*ir.Var]bool // variables that are stored in one place for all awaits
	Clears  [][]*Slot        // by state: slots that are set to zero there
	Due     []bool           // by state: deferred calls may be due
	Guarded []*ir.Var        // what the guard reads: restored first
	Slots   []*Slot
	SlotOf  map[*ir.Var]*Slot
	EntryOf map[*ir.Var]*Slot // where a parameter that becomes a cell comes in as a value
}

// A Slot is a field of the frame.
type Slot struct {
	Var  *ir.Var // the first variable that has it, and its name
	Vars []*ir.Var
	Cell bool
}

// Type is the type of the variables in the slot, without the pointer of a cell.
func (s *Slot) Type() types.Type { return s.Var.Type }

// Hidden reports whether the package cannot write the type of the variables in the slot: its field is an any.
func (s *Slot) Hidden() bool { return s.Var.Hidden }

// Of decides the layout of m.
func Of(m *ir.Machine) *Layout {
	l := &Layout{Machine: m, Cells: map[*ir.Var]bool{}, SlotOf: map[*ir.Var]*Slot{}, EntryOf: map[*ir.Var]*Slot{}}
	l.keep(liveness(m), deferred(m))
	l.cells()
	l.widen()
	l.slots()
	after := reachable(m)
	l.clears(after)
	l.lasting(after)
	return l
}

// Keeping reports whether v is stored at state.
func (l *Layout) Keeping(v *ir.Var, state int) bool {
	for _, k := range l.Keeps[state] {
		if k == v {
			return true
		}
	}
	return false
}

// keep lists what is stored at each state, in order of declaration: what is read later, and what a
// deferred call that may be due needs. A panic that is recovered returns the named results, so they
// are kept while anything is due.
func (l *Layout) keep(live []bits, due []map[*ir.Defer]bool) {
	m := l.Machine
	l.Keeps = make([][]*ir.Var, len(m.Awaits)+1)
	l.Due = make([]bool, len(m.Awaits)+1)
	l.Keeps[0] = Params(m)
	guarded := map[*ir.Var]bool{}
	for state := 1; state <= len(m.Awaits); state++ {
		need := map[*ir.Var]bool{}
		for d := range due[state] {
			for _, v := range guardReads(m, d) {
				need[v], guarded[v] = true, true
			}
		}
		exiting := m.Cleanup != nil && state >= m.Cleanup.Park.State
		for i, v := range m.Vars {
			if exiting && live[state].has(i) { // a panic comes to the guard, which parks all of it
				need[v], guarded[v] = true, true
			}
		}
		if len(due[state]) > 0 || exiting {
			l.Due[state] = true
			for _, v := range m.Results {
				if v.Name != "_" || m.Cleanup != nil { // nobody reads a blank one but the exit section
					need[v], guarded[v] = true, true
				}
			}
		}
		for _, v := range m.Results {
			if len(m.Defers) > 0 && keepsIdentity(v) { // the guard copies it to the result
				need[v], guarded[v] = true, true
			}
		}
		for i, v := range m.Vars {
			if need[v] || live[state].has(i) {
				l.Keeps[state] = append(l.Keeps[state], v)
			}
		}
	}
	for _, v := range m.Vars {
		if guarded[v] {
			l.Guarded = append(l.Guarded, v)
		}
	}
}

// guardReads are the variables of the body that the guard needs to run d. A list of records holds
// its arguments and the variables of one iteration itself.
func guardReads(m *ir.Machine, d *ir.Defer) (vars []*ir.Var) {
	for _, v := range d.Uses {
		if !m.DueList || !v.InLoop {
			vars = append(vars, v)
		}
	}
	if m.DueList {
		return vars
	}
	if d.Fun != nil {
		vars = append(vars, d.Fun)
	}
	for _, v := range d.Args {
		if v != nil {
			vars = append(vars, v)
		}
	}
	return vars
}

// Params are the variables that a call starts with: receiver, captures, parameters.
func Params(m *ir.Machine) (vars []*ir.Var) {
	if m.Recv != nil {
		vars = append(vars, m.Recv)
	}
	return append(append(vars, m.Captures...), m.Params...)
}

// cells finds the variables that need an identity of their own.
func (l *Layout) cells() {
	across := map[*ir.Var]bool{}
	for _, vars := range l.Keeps[1:] {
		for _, v := range vars {
			across[v] = true
		}
	}
	for _, v := range l.Machine.Vars {
		if v.Shared || v.Hoisted && needsIdentity(v) && (v.InLoop || across[v]) {
			l.Cells[v] = true
		}
	}
}

// needsIdentity reports whether somebody else can see that v is one variable: its address is taken, or a
// literal names it and it changes. A literal may have a copy of a variable that keeps its first value.
func needsIdentity(v *ir.Var) bool {
	return v.Address || v.Captured && (v.Assigned > 1 || v.Role == ir.Result)
}

// Entry reports whether v comes in as a value and is moved to a cell first.
func (l *Layout) Entry(v *ir.Var) bool { return v.Role == ir.Param && l.Cells[v] }

// slots gives each stored variable the first slot of its type that is free at all of its states. The
// panic that is parked has one of its own: it is restored at all states, also where it is not stored.
func (l *Layout) slots() {
	none := func() bits { return make(bits, len(l.Keeps)/64+1) }
	kept := map[*ir.Var]bits{} // states
	for state, vars := range l.Keeps {
		for _, v := range vars {
			if state == 0 && l.Entry(v) {
				continue
			}
			if kept[v] == nil {
				kept[v] = none()
			}
			kept[v].add(state)
		}
	}
	var used []bits // by slot
	for _, v := range l.Machine.Vars {
		if l.Entry(v) {
			// The value has a slot of its own at the start; the cell's comes with the variable.
			s := &Slot{Var: &ir.Var{Name: v.Name, Type: v.Type, Role: v.Role, Pos: v.Pos}, Vars: nil}
			s.Vars = []*ir.Var{s.Var}
			l.Slots = append(l.Slots, s)
			l.SlotOf[s.Var], l.EntryOf[v] = s, s
			used = append(used, none())
			used[len(used)-1].add(0)
		}
		if kept[v] == nil {
			continue
		}
		if c := l.Machine.Cleanup; c != nil && v == c.Panic {
			for state := range l.Keeps {
				kept[v].add(state)
			}
		}
		if l.Wide[v] {
			for state := range l.Keeps {
				kept[v].add(state)
			}
		}
		i := l.free(v, kept[v], used)
		if i == len(l.Slots) {
			l.Slots = append(l.Slots, &Slot{Var: v, Cell: l.Cells[v]})
			used = append(used, none())
		}
		s := l.Slots[i]
		s.Vars = append(s.Vars, v)
		l.SlotOf[v] = s
		used[i].or(kept[v])
	}
}

// free is the place of the slot that v can have: after the last one if that is a new one.
func (l *Layout) free(v *ir.Var, states bits, used []bits) int {
	for i, s := range l.Slots {
		if s.Cell == l.Cells[v] && types.Identical(s.Type(), v.Type) && !used[i].overlaps(states) {
			return i
		}
	}
	return len(l.Slots)
}

// clears finds the slots that hold references and are dead at a state, but may be set there.
func (l *Layout) clears(after []bits) {
	l.Clears = make([][]*Slot, len(l.Keeps))
	set := l.maySet(after)
	if l.Wide != nil {
		holds := l.holds()
		for i, s := range l.Slots {
			if l.Wide[s.Var] {
				set[i] = holds[s.Var]
			}
		}
	}
	for state := 1; state < len(l.Keeps); state++ {
		kept := map[*Slot]bool{}
		for _, v := range l.Keeps[state] {
			kept[l.SlotOf[v]] = true
		}
		for i, s := range l.Slots {
			if set[i].has(state) && !kept[s] && (s.Cell || s.Hidden() || gc.HasPointers(s.Type())) {
				l.Clears[state] = append(l.Clears[state], s)
			}
		}
	}
}

// maySet tells for each slot in which states it can hold something when the call comes there: in those
// after a state that keeps it, and in all if a parameter has it from the start.
func (l *Layout) maySet(after []bits) []bits {
	set := make([]bits, len(l.Slots))
	index := map[*Slot]int{}
	for i, s := range l.Slots {
		index[s] = i
		set[i] = make(bits, len(l.Keeps)/64+1)
		if l.startsIn(s) {
			set[i].or(after[0])
		}
	}
	for from := 1; from < len(l.Keeps); from++ {
		for _, v := range l.Keeps[from] {
			if i, ok := index[l.SlotOf[v]]; ok {
				set[i].or(after[from])
			}
		}
	}
	return set
}

// lasting finds parameters that nobody assigns to and whose slot is theirs alone. A call has a frame since it
// was made as a future, which stored them, or since it waited first, and that was at a state that keeps them: what
// is alive at one is alive at all before. So they need not be stored again, and where a call can wait again at the
// same place that is worth a look.
func (l *Layout) lasting(after []bits) {
	l.Lasting = make([][]*ir.Var, len(l.Keeps))
	for state := 1; state < len(l.Keeps); state++ {
		if !after[state].has(state) || l.Machine.Cleanup != nil || l.Wide != nil {
			continue
		}
		for _, v := range l.Keeps[state] {
			param := v.Role == ir.Param || v.Role == ir.Capture
			if param && v.Assigned <= 1 && !v.Address && !l.Entry(v) && len(l.SlotOf[v].Vars) == 1 {
				l.Lasting[state] = append(l.Lasting[state], v)
			}
		}
	}
}

// startsIn reports whether a parameter has s when the call starts.
func (l *Layout) startsIn(s *Slot) bool {
	for _, v := range s.Vars {
		if v.Role == ir.Param || v.Role == ir.Capture {
			return true
		}
	}
	return false
}

// String is the dump of the layout: a line for each variable, where it lives and why.
func (l *Layout) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "layout %s\n", l.Machine.Name)
	for _, v := range l.Machine.Vars {
		where := "local"
		if s := l.SlotOf[v]; s != nil {
			where = "slot " + s.Var.Name
		}
		fmt.Fprintf(&b, "\t%s\t%s\t%s\t%s\n", v.Name, types.TypeString(v.Type, nameOnly), where, l.because(v))
	}
	for state, vars := range l.Keeps {
		fmt.Fprintf(&b, "\tstate %d keeps", state)
		for _, v := range vars {
			b.WriteString(" " + v.Name)
		}
		for _, s := range l.Clears[state] {
			b.WriteString(" -" + s.Var.Name)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func nameOnly(p *types.Package) string { return p.Name() }

// because says why v lives where it does.
func (l *Layout) because(v *ir.Var) string {
	var why []string
	switch {
	case v.Shared:
		why = append(why, "shared with a block")
	case l.Cells[v] && v.Captured:
		why = append(why, "a cell: named by a closure")
	case l.Cells[v]:
		why = append(why, "a cell: its address is taken")
	}
	var at []string
	for state := 1; state < len(l.Keeps); state++ {
		if l.Keeping(v, state) {
			at = append(at, fmt.Sprint(state))
		}
	}
	if len(at) > 0 {
		why = append(why, "kept at "+strings.Join(at, ", "))
	}
	return strings.Join(why, "; ")
}
