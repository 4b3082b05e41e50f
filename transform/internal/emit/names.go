package emit

import (
	"fmt"
	"go/ast"
	"go/types"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// names are the identifiers of one generated body. None of them collides with a name that the
// marked function uses for anything.
type names struct {
	taken map[string]bool
	tried map[string]int // see unique
	pkg   *load.Package  // whose types the generated code names

	cx, m, w, due, p, d string
	vars                map[*ir.Var]string
	fields              map[*layout.Slot]string
	dueField            string
	labels              map[*ir.Block]string
}

// frameHead is the field of a frame that rt knows: who waits for the call, where it waits, its results.
const frameHead = "fr"

// headOf is that field of a frame.
func headOf(frame string) string { return frame + "." + frameHead }

// The names of what a frame has beside its slots.
var reserved = map[string]bool{frameHead: true, "Resume": true, "Func": true, "Reset": true, "Parked": true}

func newNames(m *ir.Machine, l *layout.Layout) *names {
	seen := m.Pkg.Survey(m.Func)
	n := &names{taken: make(map[string]bool, len(seen.Idents)/2), tried: map[string]int{}, pkg: m.Pkg, vars: map[*ir.Var]string{}, fields: map[*layout.Slot]string{}, labels: map[*ir.Block]string{}}
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
	n.cx, n.m, n.w, n.due, n.p, n.d = n.fresh("cx"), n.fresh("m"), n.fresh("w"), n.fresh("due"), n.fresh("p"), n.fresh("d")
	used := map[string]bool{}
	for _, v := range m.Vars {
		name := v.Name
		switch {
		case name == "_" || name == "":
			name = n.fresh("blank")
		case v.Obj == nil && v.Role == ir.Result && !n.isTaken(name):
			n.taken[name] = true
		case v.Obj == nil || used[name]: // ours, or the variable of another clause
			name = n.fresh(name)
		}
		used[name] = true
		n.vars[v] = name
	}
	fields := map[string]bool{}
	for _, s := range l.Slots {
		n.fields[s] = n.field(s, fields)
	}
	n.dueField = unique(nil, "due", func(s string) bool { return fields[s] || reserved[s] })
	return n
}

// field is the name of a slot: that of its variable, if nothing else has it. One that several variables have has a
// name that is none of theirs: a debugger shows what it has, and not what its name says.
func (n *names) field(s *layout.Slot, fields map[string]bool) string {
	base := n.vars[s.Var]
	switch {
	case len(s.Vars) > 1:
		return n.shared(fields)
	case base == "":
		base = s.Var.Name // the value of a parameter that becomes a cell
	}
	name := unique(nil, base, func(s string) bool { return fields[s] || reserved[s] })
	fields[name] = true
	return name
}

// VarNames are the names that the variables of m have in its generated body.
func VarNames(m *ir.Machine, l *layout.Layout) map[*ir.Var]string { return newNames(m, l).vars }

// shared is the name of the next slot that several variables have.
func (n *names) shared(fields map[string]bool) string {
	for i := 1; ; i++ {
		if name := fmt.Sprint("slot", i); !fields[name] && !n.taken[name] {
			fields[name] = true
			return name
		}
	}
}

// fresh is base, or base with a number, and is taken from now on.
func (n *names) fresh(base string) string {
	name := unique(n.tried, base, n.isTaken)
	n.taken[name] = true
	return name
}

// isTaken says whether a name means something in the function, is that of a type, since we declare variables
// of any, or of something in the language, or that of something generated.
func (n *names) isTaken(name string) bool {
	if n.taken[name] || n.pkg.Generates(name) {
		return true
	}
	_, ok := n.pkg.Types.Scope().Lookup(name).(*types.TypeName)
	return ok || types.Universe.Lookup(name) != nil
}

// unique is base, or base with the first number that makes it new. Where names are only ever taken, tried
// has the numbers up to which they are.
func unique(tried map[string]int, base string, taken func(string) bool) string {
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

// A mark stands between these two.
const markStart, markEnd = "\uE010", "\uE011"

// labelMark stands for a block's label until we know which labels are used.
func labelMark(b *ir.Block) string { return markStart + strconv.Itoa(b.ID) + markEnd }

// awaitMark stands for the label after an await.
func awaitMark(t *ir.Await) string { return markStart + "a" + strconv.Itoa(t.State) + markEnd }

// waitMark stands for the label of what all awaits have in common.
const waitMark = markStart + "wait" + markEnd

// isMark says whether a text is one mark and nothing else.
func isMark(text string) bool {
	return strings.HasPrefix(text, markStart) && strings.Index(text, markEnd) == len(text)-len(markEnd)
}

// replaceMarks puts names in the place of marks.
func replaceMarks(text string, names map[string]string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, markStart)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		id, rest, _ := strings.Cut(rest, markEnd)
		out.WriteString(names[markStart+id+markEnd])
		text = rest
	}
}

// isExported says whether people see a function: its type and methods are exported too.
func isExported(name string) bool { return ast.IsExported(name) }

// lines splits text that go/printer made, without an end of line.
func lines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }
