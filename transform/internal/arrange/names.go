package arrange

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Names are the identifiers of one generated body. None of them collides with a name that the
// marked function uses for anything.
type Names struct {
	taken map[string]bool
	tried map[string]int // see Unique
	pkg   *load.Package  // whose types the generated code names

	CX, M, W, Due, P, D string // the context, the frame, who waits, what is due, its panic, a record of it
	Vars                map[*ir.Var]string
	Fields              map[*layout.Slot]string
	DueField            string
}

// FrameHead is the field of a frame that rt knows: who waits for the call, where it waits, its results.
const FrameHead = "fr"

// The names of what a frame has beside its slots.
var reserved = map[string]bool{FrameHead: true, "Resume": true, "Func": true, "Reset": true, "Parked": true}

func newNames(m *ir.Machine, l *layout.Layout) *Names {
	seen := m.Pkg.Survey(m.Func)
	n := &Names{taken: make(map[string]bool, len(seen.Idents)/2), tried: map[string]int{}, pkg: m.Pkg, Vars: map[*ir.Var]string{}, Fields: map[*layout.Slot]string{}}
	for _, ids := range [][]*ast.Ident{seen.Idents, seen.Sels} {
		for _, id := range ids {
			n.taken[id.Name] = true
		}
	}
	for _, s := range m.Func.File.Syntax.Imports {
		if s.Name != nil {
			n.taken[s.Name.Name] = true
		} else if obj := m.Pkg.Info.Implicits[s]; obj != nil {
			n.taken[obj.Name()] = true
		}
	}
	n.CX, n.M, n.W, n.Due, n.P, n.D = n.Fresh("cx"), n.Fresh("m"), n.Fresh("w"), n.Fresh("due"), n.Fresh("p"), n.Fresh("d")
	used := map[string]bool{}
	for _, v := range m.Vars {
		name := v.Name
		switch {
		case name == "_" || name == "":
			name = n.Fresh("blank")
		case v.Obj == nil && v.Role == ir.Result && !n.IsTaken(name):
			n.taken[name] = true
		case v.Obj == nil || used[name]: // ours, or the variable of another clause
			name = n.Fresh(name)
		}
		used[name] = true
		n.Vars[v] = name
	}
	fields := map[string]bool{}
	for _, s := range l.Slots {
		n.Fields[s] = n.field(s, fields)
	}
	n.DueField = Unique(nil, "due", func(s string) bool { return fields[s] || reserved[s] })
	return n
}

// field is the name of a slot: that of its variable, if nothing else has it. One that several variables have has a
// name that is none of theirs: a debugger shows what it has, and not what its name says.
func (n *Names) field(s *layout.Slot, fields map[string]bool) string {
	base := n.Vars[s.Var]
	switch {
	case len(s.Vars) > 1:
		return n.shared(fields)
	case base == "":
		base = s.Var.Name // the value of a parameter that becomes a cell
	}
	name := Unique(nil, base, func(s string) bool { return fields[s] || reserved[s] })
	fields[name] = true
	return name
}

// shared is the name of the next slot that several variables have.
func (n *Names) shared(fields map[string]bool) string {
	for i := 1; ; i++ {
		if name := fmt.Sprint("slot", i); !fields[name] && !n.taken[name] {
			fields[name] = true
			return name
		}
	}
}

// Fresh is base, or base with a number, and is taken from now on.
func (n *Names) Fresh(base string) string {
	name := Unique(n.tried, base, n.IsTaken)
	n.taken[name] = true
	return name
}

// IsTaken reports whether a name means something in the function, is that of a type, since we declare variables
// of any, or of something in the language, or that of something generated.
func (n *Names) IsTaken(name string) bool {
	if n.taken[name] || n.pkg.Generates(name) {
		return true
	}
	_, ok := n.pkg.Types.Scope().Lookup(name).(*types.TypeName)
	return ok || types.Universe.Lookup(name) != nil
}

// Unique is base, or base with the first number that makes it new. Where names are only ever taken, tried
// has the numbers up to which they are.
func Unique(tried map[string]int, base string, taken func(string) bool) string {
	if !taken(base) {
		return base
	}
	sep := ""
	if c := base[len(base)-1]; '0' <= c && c <= '9' {
		sep = "_"
	}
	for i := tried[base] + 1; ; i++ {
		if name := fmt.Sprintf("%s%s%d", base, sep, i); !taken(name) {
			if tried != nil {
				tried[base] = i
			}
			return name
		}
	}
}
