package ir

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"path/filepath"
	"strings"
)

// Print is the dump of a machine: its blocks, with what they do and where they lead.
//
//	machine sum  sum.go:8
//	b0:
//		s := 0
//		jump b1
//	b1:  loop
//		if i < n -> b2 else b5
//	b2:
//		await 1 step  sum.go:11: v, err := step(i) -> b3
func Print(m *Machine) string {
	p := &dumper{m: m}
	at := m.Func.Decl.Pos()
	if m.Lit != nil {
		at = m.Lit.Pos()
	}
	pos := m.Pkg.Position(at)
	p.line("machine %s  %s:%d", m.Name, filepath.Base(pos.Filename), pos.Line)
	for _, b := range m.Blocks {
		p.line("b%d:%s", b.ID, prefixed("  ", b.Label))
		for _, s := range b.Stmts {
			p.stmt(s)
		}
		p.term(b.Term)
	}
	return p.out.String()
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

type dumper struct {
	m   *Machine
	out strings.Builder
}

func (p *dumper) line(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

// text is a node as Go, on one line where it fits.
func (p *dumper) text(n ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, p.m.Pkg.Fset, n); err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(b.String(), "\n", "\n\t")
}

func (p *dumper) stmt(s Stmt) {
	switch s := s.(type) {
	case *Leaf:
		p.line("\t%s%s", p.text(s.Node), p.jumps(s.Node))
	case *Declare:
		if s.Spec != nil {
			p.line("\tvar %s", p.text(s.Spec))
			return
		}
		p.line("\t%s", p.text(s.Node))
	case *Renew:
		var names []string
		for _, v := range s.Vars {
			names = append(names, v.Name)
		}
		p.line("\trenew %s", strings.Join(names, ", "))
	case *SetDue:
		p.line("\tdue %d: %s", s.Defer.Index+1, p.text(s.Defer.Node))
	case *RunDue:
		p.line("\trun %d", s.Defer.Index+1)
	case *Spawn:
		p.line("\tspawn %s", p.text(s.Node.Call))
	default:
		panic(fmt.Sprintf("ir: unknown statement %T", s))
	}
}

// jumps says where branches inside a leaf lead.
func (p *dumper) jumps(leaf ast.Stmt) string {
	out := ""
	ast.Inspect(leaf, func(n ast.Node) bool {
		if b, ok := n.(*ast.BranchStmt); ok && p.m.Jumps[b] != nil {
			out += fmt.Sprintf("  // %s -> b%d", b.Tok, p.m.Jumps[b].ID)
		}
		return true
	})
	return out
}

func (p *dumper) term(t Term) {
	switch t := t.(type) {
	case *Jump:
		p.line("\tjump b%d", t.To.ID)
	case *If:
		p.line("\tif %s -> b%d else b%d", p.text(t.Cond), t.Then.ID, t.Else.ID)
	case *Switch:
		head, list := "", (*ast.BlockStmt)(nil)
		switch s := t.Node.(type) {
		case *ast.SwitchStmt:
			list = s.Body
			if s.Tag != nil {
				head = " " + p.text(s.Tag)
			}
		case *ast.TypeSwitchStmt:
			head, list = " "+p.text(s.Assign), s.Body
		}
		p.line("\tswitch%s", head)
		for i, c := range list.List {
			p.line("\t\t%s -> b%d", p.cases(c.(*ast.CaseClause)), t.Clauses[i].ID)
		}
		if t.Done != nil {
			p.line("\t\telse -> b%d", t.Done.ID)
		}
	case *Select:
		p.line("\tselect")
		for i, c := range t.Node.Body.List {
			comm := "default"
			if s := c.(*ast.CommClause).Comm; s != nil {
				comm = p.text(s)
			}
			p.line("\t\t%s -> b%d", comm, t.Clauses[i].ID)
		}
	case *Await:
		p.line("\tawait %d %s%s: %s%s -> b%d", t.State, t.Name, p.at(t), p.lhs(t), p.text(t.Call.Call), t.Next.ID)
	case *Return:
		text := "return"
		if t.Node != nil {
			text = p.text(t.Node)
		}
		if t.Exit != nil {
			text += fmt.Sprintf(" -> b%d", t.Exit.ID)
		}
		p.line("\t%s", text)
	case *Tail:
		p.line("\ttail %s", p.text(t.Call.Call))
	case *Due:
		p.line("\tif due %d -> b%d else b%d", t.Defer.Index+1, t.Run.ID, t.Next.ID)
	case *NextDue:
		p.line("\tnext due")
		for i, b := range t.Run {
			p.line("\t\t%d -> b%d", i+1, b.ID)
		}
		p.line("\t\tnone -> b%d", t.Done.ID)
	case *Finish:
		p.line("\tfinish")
	case *Stop:
		p.line("\tstop")
	default:
		panic(fmt.Sprintf("ir: unknown terminator %T", t))
	}
}

func (p *dumper) cases(c *ast.CaseClause) string {
	if c.List == nil {
		return "default"
	}
	var s []string
	for _, e := range c.List {
		s = append(s, p.text(e))
	}
	return "case " + strings.Join(s, ", ")
}

func (p *dumper) at(t *Await) string {
	if !t.At.IsValid() {
		return ""
	}
	pos := p.m.Pkg.Position(t.At)
	return fmt.Sprintf("  %s:%d", filepath.Base(pos.Filename), pos.Line)
}

func (p *dumper) lhs(t *Await) string {
	if len(t.Lhs) == 0 {
		return ""
	}
	var s []string
	for _, e := range t.Lhs {
		s = append(s, p.text(e))
	}
	if t.Define {
		return strings.Join(s, ", ") + " := "
	}
	return strings.Join(s, ", ") + " = "
}
