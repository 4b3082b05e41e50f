package vet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// A Marking says which functions have to be marked, and where the way up from the awaits ends.
//
//	func fetch() { rt.Sleep(d) }      // to be marked: it awaits
//	func total() { fetch() }          // to be marked: it calls fetch
//	func main()  { total() }          // an end: Go alone calls it
//
// Positions are those before the marks are made; [Marking.Marked] has those after it.
type Marking struct {
	Marks []Mark
	Ends  []End

	marked func() Marking
}

// Marked is the same with the positions that there are when the marks are made.
func (m Marking) Marked() Marking { return m.marked() }

// A Mark is a function that has to be marked.
type Mark struct {
	File         string // absolute
	Line, Column int    // of its name
	Func         string // "Client.Get"
	Why          string // "it awaits rt.Sleep at x.go:12"

	key        string // see Position
	edit       Edit
	first, end int // lines of the declaration, with its comment
}

// An End is a place from which the way to an await is not followed further up: a function that cannot or
// need not be marked, or a call that is no await.
type End struct {
	File         string // absolute
	Line, Column int
	Message      string
}

// Refused are functions that cannot be marked, with the reason, by file:line:column of their names.
type Refused map[string]string

// Position is the key of a function in [Refused].
func (m Mark) Position() string { return m.key }

// FindMarks looks for the functions that wait and are not marked: each that awaits, and each that calls such a
// function by its name. Upwards it ends at main, init and tests, at functions that are only used as values, in go
// statements or through interfaces, at literals that others call, and at what is refused. The error is a list of
// problems if the packages do not type-check.
func FindMarks(cfg Config, refused Refused) (Marking, error) {
	pkgs, err := loader.Load(loader.Config{Dir: cfg.Dir, Patterns: cfg.Patterns, Tags: cfg.Tags, Env: cfg.Env, Bodies: true})
	if err != nil {
		return Marking{}, err
	}
	m := newMarker(pkgs)
	m.refused = refused
	m.spread()
	out := m.marking(false)
	out.marked = func() Marking { return m.marking(true) }
	return out, nil
}

// Edited are the files with the marks, and their contents before, by name. What was laid out as gofmt does it
// stays so, and nothing else changes.
func (m Marking) Edited() (before, after map[string][]byte, err error) {
	edits := map[string][]Edit{}
	for _, k := range m.Marks {
		edits[k.File] = append(edits[k.File], k.edit)
	}
	before, after = map[string][]byte{}, map[string][]byte{}
	for name, list := range edits {
		src, readErr := os.ReadFile(name)
		if readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		before[name], after[name] = src, marked(src, list)
	}
	return before, after, err
}

// marked is a file with marks in it.
func marked(src []byte, edits []Edit) []byte {
	if bytes.Contains(src, []byte("\r\n")) {
		edits = slices.Clone(edits)
		for i := range edits {
			edits[i].Text = strings.ReplaceAll(edits[i].Text, "\n", "\r\n")
		}
	}
	out := insertAll(src, edits)
	if was, err := format.Source(src); err == nil && bytes.Equal(was, src) {
		if now, err := format.Source(out); err == nil {
			return now
		}
	}
	return out
}

// insertAll makes changes that do not overlap.
func insertAll(src []byte, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	var b bytes.Buffer
	at := 0
	for _, e := range edits {
		b.Write(src[at:e.Start])
		b.WriteString(e.Text)
		at = e.End
	}
	b.Write(src[at:])
	return b.Bytes()
}

// Owner is the function to which a line of a file belongs once the marks are made; nil if it is none of those
// that are marked.
func (m Marking) Owner(file string, line int) *Mark {
	for i, k := range m.Marks {
		own := strings.Count(k.edit.Text, "\n")
		if k.File != file {
			continue
		}
		first := k.first + m.linesBefore(file, k.first)
		if first <= line && line <= first+k.end-k.first+own {
			return &m.Marks[i]
		}
	}
	return nil
}

// linesBefore is how many lines the marks of functions above a line add.
func (m Marking) linesBefore(file string, line int) (n int) {
	for _, k := range m.Marks {
		if k.File == file && k.first < line {
			n += strings.Count(k.edit.Text, "\n")
		}
	}
	return n
}

// markEdit is what has to be put before the declaration of a function.
func (c *checker) markEdit(decl *ast.FuncDecl) Edit {
	text := "//async:func\n"
	if decl.Doc != nil && !endsInDirective(decl.Doc) {
		text = "//\n" + text
	}
	if c.pkg.Position(decl.Type.Func).Column > 1 {
		text = "\n\n" + text
	}
	file := c.pass.Fset.File(decl.Pos())
	at := file.Offset(decl.Type.Func)
	return Edit{file.Name(), at, at, text}
}

// endsInDirective reports whether the mark can follow a comment without an empty line: gofmt keeps directives
// together, and leaves comments in the old style alone.
func endsInDirective(doc *ast.CommentGroup) bool {
	last := doc.List[len(doc.List)-1].Text
	if strings.HasPrefix(last, "/*") {
		return true
	}
	word, _, ok := strings.Cut(strings.TrimPrefix(last, "//"), ":")
	return ok && word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// obstacle says why a function is where the way ends, nil if it can be marked.
func (n *markNode) obstacle(refused Refused) *reason {
	if why := check.Obstacle(n.c.file(n.decl.Pos()), n.decl); why != "" {
		return &reason{text: why}
	}
	pos := n.c.pkg.Position(n.decl.Name.Pos())
	if why := refused[fmt.Sprintf("%s:%d:%d", pos.Filename, pos.Line, pos.Column)]; why != "" {
		return &reason{text: why}
	}
	for v := range n.fn.Signature().Params().Variables() {
		switch v.Type().String() {
		case "*testing.T", "*testing.B", "*testing.F", "testing.TB":
			return &reason{text: "it is part of a test, which runs on a goroutine of its own"}
		}
	}
	if n.c.givesFuture(n.decl) {
		return &reason{text: "it gives back a future, so it is an async form that somebody wrote by hand"}
	}
	if n.static {
		return nil
	}
	for _, u := range n.uses {
		switch u.kind {
		case usedAsValue:
			return &reason{"nobody calls it by its name: it is used as a value", u.c, u.pos}
		case usedByGo:
			return &reason{"nobody calls it by its name: it is started by go", u.c, u.pos}
		case usedInLit, usedInGoroutine, usedAtInit: // by its name
		}
	}
	if name := n.implements(); name != "" {
		return &reason{text: "it implements " + name + ", through which it is called"}
	}
	return nil
}

// marking says what has been found, with positions as they are, or as they will be.
func (m *marker) marking(after bool) (out Marking) {
	for _, n := range m.order {
		if n.waits {
			out.Marks = append(out.Marks, n.mark())
		}
	}
	at := places{m: &Marking{}}
	if after {
		before := out
		at.m = &before
	}
	out.Marks = slices.Clone(out.Marks)
	next := 0
	for _, n := range m.order {
		switch {
		case n.waits:
			k := &out.Marks[next]
			next++
			k.Why = at.say(n.why)
			out.Ends = append(out.Ends, m.endsOf(n, at)...)
			k.Line = at.of(n.c, n.fn.Pos()).Line
		case n.stop != nil:
			out.Ends = append(out.Ends, at.end(n.c, n.fn.Pos(), "%s waits (%s) and is not marked: %s", n.name(), at.say(n.why), at.say(n.stop)))
		}
	}
	slices.SortStableFunc(out.Ends, func(a, b End) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	out.Ends = slices.Compact(out.Ends)
	return out
}

// places are the positions of things when marks are made.
type places struct{ m *Marking }

// of is the position of something.
func (at places) of(c *checker, pos token.Pos) token.Position {
	p := c.pkg.Position(pos)
	for _, k := range at.m.Marks {
		if k.File == p.Filename && k.edit.Start <= p.Offset {
			p.Line += strings.Count(k.edit.Text, "\n")
		}
	}
	return p
}

// say is a reason with its place.
func (at places) say(r *reason) string {
	if r.pos == 0 {
		return r.text
	}
	p := at.of(r.c, r.pos)
	return fmt.Sprintf("%s at %s:%d", r.text, filepath.Base(p.Filename), p.Line)
}

// end is a place where the way ends.
func (at places) end(c *checker, pos token.Pos, format string, args ...any) End {
	p := at.of(c, pos)
	return End{p.Filename, p.Line, p.Column, fmt.Sprintf(format, args...)}
}

// mark is the mark of a function.
func (n *markNode) mark() Mark {
	at, end := n.c.pkg.Position(n.fn.Pos()), n.c.pkg.Position(n.decl.End())
	return Mark{
		File: at.Filename, Line: at.Line, Column: at.Column, Func: n.name(),
		key:  fmt.Sprintf("%s:%d:%d", at.Filename, at.Line, at.Column),
		edit: n.c.markEdit(n.decl), first: n.c.pkg.Position(n.decl.Pos()).Line, end: end.Line,
	}
}

// endsOf are the places that start a marked function without awaiting it.
func (m *marker) endsOf(n *markNode, at places) (list []End) {
	for _, u := range n.uses {
		switch u.kind {
		case usedInLit:
			list = append(list, at.end(u.c, u.pos, "%s is called in a literal, which others call: the call blocks whoever makes it", n.name()))
		case usedInGoroutine:
			list = append(list, at.end(u.c, u.pos, "%s is called in a goroutine, which has no need of its async form", n.name()))
		case usedAtInit:
			list = append(list, at.end(u.c, u.pos, "%s is called in the initialization of a package variable, which waits for it", n.name()))
		case usedAsValue:
			list = append(list, at.end(u.c, u.pos, "%s is used as a value: a call of that is no await, but in a function that is marked with await= for it", n.name()))
		case usedByGo:
			list = append(list, at.end(u.c, u.pos, "%s has a goroutine of its own here", n.name()))
		}
	}
	recv := n.fn.Signature().Recv()
	if recv == nil {
		return list
	}
	for _, call := range m.through {
		t := types.NewPointer(recv.Type())
		if ptr, ok := types.Unalias(recv.Type()).(*types.Pointer); ok {
			t = ptr
		}
		if call.method.Id() == n.fn.Id() && types.Implements(t, call.iface) {
			list = append(list, at.end(call.c, call.pos, "this may call %s, and is no await: declare %sAsync in the interface, too", n.name(), n.fn.Name()))
		}
	}
	return list
}
