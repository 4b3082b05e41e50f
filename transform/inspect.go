package transform

import (
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/asyncgen/asyncgen/transform/internal/emit"
	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
)

// A Machine describes one state machine: what a reader of its source does not see.
type Machine struct {
	Name    string  `json:"name"`              // "Client.Get", "sizes.block1"
	Package string  `json:"package"`           // import path
	File    string  `json:"file"`              // of the source, absolute
	Line    int     `json:"line"`              //
	Frame   int64   `json:"frame"`             // bytes of a call that waits
	Future  int64   `json:"future,omitempty"`  // bytes of a future or task, its frame included; 0: none is made
	Generic bool    `json:"generic,omitempty"` // sizes are for type arguments of one word
	States  []State `json:"states"`
}

// A State is a place where a call can wait; the first is its start.
type State struct {
	Name   string   `json:"name"`
	Line   int      `json:"line"`
	Awaits string   `json:"awaits,omitempty"`
	Live   []Local  `json:"live"`
	Next   []string `json:"next"` // states that come after it, and "done"
}

// A Local is a variable that is kept while the call waits.
type Local struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
	Cell  bool   `json:"cell,omitempty"` // kept as a pointer: closures or blocks share it
}

// Bytes is the size of everything that is kept at the state.
func (s State) Bytes() (sum int64) {
	for _, l := range s.Live {
		sum += l.Bytes
	}
	return sum
}

// inspect describes the machines of the package. Sizes are those of the generated types, so the
// generated files are type-checked in place of their stubs.
func (c *compilation) inspect() error {
	out, err := c.pkg.CheckOutput(c.outputs())
	if err != nil {
		return err
	}
	pkg := out.Types
	for _, m := range c.allMachines() {
		at := m.Func.Decl.Pos()
		if m.Lit != nil {
			at = m.Lit.Pos()
		}
		pos := c.pkg.Position(at)
		d := Machine{
			Name: m.Name, Package: c.pkg.Path, File: m.Func.File.Name, Line: pos.Line,
			Frame:   c.size(pkg, m.Names.Frame),
			Generic: len(m.TParams) > 0,
		}
		if m.Boxed {
			d.Future = c.size(pkg, m.Names.Future)
		}
		d.States = c.states(m, c.layouts[m])
		c.inspected = append(c.inspected, d)
	}
	return nil
}

// size is the size of a generated type, 0 where it is not there.
func (c *compilation) size(pkg *types.Package, name string) int64 {
	obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
	if !ok {
		return 0
	}
	return c.sizeof(obj.Type())
}

// sizeof is the size of a type. A type parameter counts as one word.
func (c *compilation) sizeof(t types.Type) int64 {
	if named, ok := types.Unalias(t).(*types.Named); ok && named.TypeParams().Len() > 0 && named.TypeArgs().Len() == 0 {
		words := slices.Repeat([]types.Type{types.Typ[types.Uintptr]}, named.TypeParams().Len())
		if inst, err := types.Instantiate(nil, named, words, false); err == nil {
			t = inst
		}
	}
	return c.pkg.Sizes.Sizeof(withoutParams(t))
}

// withoutParams replaces type parameters by words, where they are part of a value.
func withoutParams(t types.Type) types.Type {
	switch u := types.Unalias(t).(type) {
	case *types.TypeParam:
		return types.Typ[types.Uintptr]
	case *types.Array:
		return types.NewArray(withoutParams(u.Elem()), u.Len())
	case *types.Struct:
		fields := make([]*types.Var, u.NumFields())
		for i := range fields {
			f := u.Field(i)
			fields[i] = types.NewField(f.Pos(), f.Pkg(), f.Name(), withoutParams(f.Type()), false)
		}
		return types.NewStruct(fields, nil)
	case *types.Named:
		if u.TypeArgs().Len() > 0 {
			return withoutParams(u.Underlying())
		}
	}
	return t
}

// states describes the start and the awaits of a machine, in source order.
func (c *compilation) states(m *ir.Machine, l *layout.Layout) []State {
	names, seen, vars := []string{"start"}, map[string]int{}, c.plans[m].Vars
	for _, t := range m.Awaits {
		names = append(names, emit.StateName(t, seen))
	}
	qualify := func(p *types.Package) string {
		if p == c.pkg.Types {
			return ""
		}
		return p.Name()
	}
	var list []State
	for i, name := range names {
		s := State{Name: name, Next: next(m, i, names), Live: []Local{}}
		at := m.Body.Pos()
		if i > 0 {
			s.Awaits, at = m.Awaits[i-1].Name, m.Awaits[i-1].At
		}
		s.Line = c.pkg.Position(at).Line
		for _, v := range l.Keeps[i] {
			local := Local{Name: vars[v], Type: types.TypeString(v.Type, qualify), Bytes: c.sizeof(v.Type), Cell: l.Cells[v]}
			if local.Cell && !(i == 0 && l.Entry(v)) {
				local.Bytes = c.pkg.Sizes.Sizeof(types.NewPointer(v.Type))
			}
			s.Live = append(s.Live, local)
		}
		list = append(list, s)
	}
	return list
}

// next lists the states that can follow one without another between, and "done".
func next(m *ir.Machine, state int, names []string) []string {
	from := m.Blocks[0]
	if state > 0 {
		from = m.Awaits[state-1].Next
	}
	reached := make([]bool, len(names))
	done := false
	seen := map[*ir.Block]bool{}
	var visit func(b *ir.Block)
	visit = func(b *ir.Block) {
		if b == nil || seen[b] {
			return
		}
		seen[b] = true
		returns := false
		for _, s := range b.Stmts {
			if leaf, ok := s.(*ir.Leaf); ok {
				returns = returns || hasReturn(leaf.Node)
			}
		}
		for _, to := range m.Branches(b) {
			visit(to)
		}
		switch {
		case returns && m.Cleanup == nil:
			done = true
		case returns:
			visit(m.Cleanup.Exit)
		}
		switch t := b.Term.(type) {
		case *ir.Await:
			reached[t.State] = true
		case *ir.Return:
			done = done || t.Exit == nil
			visit(t.Exit)
		case *ir.Tail, *ir.Finish:
			done = true
		default:
			for _, to := range ir.Successors(b.Term) {
				visit(to)
			}
		}
	}
	visit(from)
	var list []string
	for i, ok := range reached {
		if ok {
			list = append(list, names[i])
		}
	}
	if done {
		list = append(list, "done")
	}
	return list
}

// hasReturn reports whether a leaf can return.
func hasReturn(leaf ast.Stmt) (returns bool) {
	facts.Inspect(leaf, func(n ast.Node) {
		_, ok := n.(*ast.ReturnStmt)
		returns = returns || ok
	})
	return returns
}

// Inspect prints the machines: for each its sizes, and its states with where they are, what they
// keep, and which states follow.
//
//	feed.sizes  feed.go:14  frame 112 B, future 160 B
//	  state  source  bytes  keeps                              next
//	  start  :14     32     c *Client 8, urls []string 24      Get, done
//	  Get    :17     64     c *Client 8, urls []string 24, …   Get, done
func Inspect(w io.Writer, machines []Machine) error {
	for i, m := range machines {
		if i > 0 {
			fmt.Fprintln(w)
		}
		generic := ""
		if m.Generic {
			generic = ", with type arguments of one word"
		}
		future := "never a future"
		if m.Future > 0 {
			future = fmt.Sprintf("future %d B", m.Future)
		}
		fmt.Fprintf(w, "%s.%s  %s:%d  frame %d B, %s%s\n", m.Package, m.Name, filepath.Base(m.File), m.Line, m.Frame, future, generic)
		t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
		fmt.Fprintln(t, "  state\tsource\tbytes\tkeeps\tnext")
		for _, s := range m.States {
			var live []string
			for _, l := range s.Live {
				cell := ""
				if l.Cell {
					cell = "&"
				}
				live = append(live, fmt.Sprintf("%s%s %s %d", cell, l.Name, l.Type, l.Bytes))
			}
			fmt.Fprintf(t, "  %s\t:%d\t%d\t%s\t%s\n", s.Name, s.Line, s.Bytes(), strings.Join(live, ", "), strings.Join(s.Next, ", "))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}
