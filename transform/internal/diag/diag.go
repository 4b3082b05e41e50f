// Package diag has the one form in which asyncgen reports a problem of the user's source.
package diag

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// A Diagnostic is one problem: where, what, and a way out.
type Diagnostic struct {
	Pos     token.Position
	ID      string // rule, "AG0012"; "" for errors of the type checker
	Message string // lower case, no full stop
	Hint    string // what to do, "" where the message says it
	Warning bool   // reported, but nothing is refused

	Decl *ast.FuncDecl // the marked function that it is about; nil where it is about none
}

// String is the line that is printed: file:line:col: message, with the hint after a semicolon.
func (d Diagnostic) String() string {
	s := d.Message
	if d.Pos.IsValid() || d.Pos.Filename != "" {
		s = d.Pos.String() + ": " + s
	}
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	if d.ID != "" {
		s += " [" + d.ID + "]"
	}
	return s
}

// Start is the position of a problem that a file has as a whole.
func Start(file string) token.Position { return token.Position{Filename: file, Line: 1, Column: 1} }

// A List is a set of problems. It is an error when it has one that is not a warning.
type List []Diagnostic

// Add appends one problem. AddTo is for one that is about a marked function.
func (l *List) Add(pos token.Position, id, hint, format string, args ...any) {
	*l = append(*l, Diagnostic{Pos: pos, ID: id, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// AddTo appends a problem of a marked function, nil for one that is about none.
func (l *List) AddTo(decl *ast.FuncDecl, pos token.Position, id, hint, format string, args ...any) {
	l.Add(pos, id, hint, format, args...)
	(*l)[len(*l)-1].Decl = decl
}

// In makes all problems that are about no function so far about decl.
func (l List) In(decl *ast.FuncDecl) {
	for i := range l {
		if l[i].Decl == nil {
			l[i].Decl = decl
		}
	}
}

// Sort orders by file, line, column and message, and drops repetitions.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.Filename, b.Pos.Filename),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column),
			cmp.Compare(a.Message, b.Message))
	})
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool { return a.String() == b.String() && a.Warning == b.Warning })
}

// Failed reports whether there is a problem that is not a warning.
func (l List) Failed() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return !d.Warning })
}

// Error is all problems, a line each.
func (l List) Error() string {
	s := ""
	for i, d := range l {
		if i > 0 {
			s += "\n"
		}
		s += d.String()
	}
	return s
}
