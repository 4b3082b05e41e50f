package vet

import (
	"go/token"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// mistakes reports what asyncgen itself refuses or warns of, so that editors and linters show it, and
// marked functions without an async form: what the other rules say of calls of these would be wrong.
func (c *checker) mistakes() {
	ready := c.readyAwaits()
	for _, d := range append(c.pkg.Errors, check.Package(c.pkg)...) {
		if d.ID == "" {
			continue // an error of the type checker, which the driver reports
		}
		if d.ID == diag.InLiteral && ready[d.Pos] {
			continue // nobody waits there
		}
		c.reportPos(c.pos(d.Pos), d.ID, d.Hint, "%s", d.Message)
	}
	c.stale()
}

// pos is a position of the package, from file, line and column.
func (c *checker) pos(p token.Position) token.Pos {
	for _, f := range c.pkg.Files {
		if f.Name != p.Filename {
			continue
		}
		file := c.pass.Fset.File(f.Syntax.FileStart)
		if p.Line < 1 || p.Line > file.LineCount() {
			return f.Syntax.Package
		}
		return file.LineStart(p.Line) + token.Pos(p.Column-1)
	}
	return token.NoPos
}
