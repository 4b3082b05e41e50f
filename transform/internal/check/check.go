// Package check finds what asyncgen refuses, and what is likely to be a mistake.
//
// A refusal names a rule of [diag.Rules], says why in a line, and gives a way out. We report all of
// them in one run, so no check relies on another having passed. The constructs are in support.go: a
// switch over every kind of statement and expression, so that one that Go adds is reported and not
// ignored. docs/support.md lists them for people.
package check

import (
	"go/token"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Package checks one package. Without complete types only its directives are looked at.
func Package(p *load.Package) diag.List {
	c := &checker{pkg: p}
	c.directives()
	if p.Info != nil && !p.Errors.Failed() {
		c.predeclared()
		lists := make([]diag.List, len(p.Funcs))
		_ = p.Each(func(i int, fn *load.Func, _ *diag.List) { // problems that are only warnings are not an error of Each
			c := &checker{pkg: p}
			c.function(fn)
			lists[i] = c.list
		})
		c.list = append(c.list, slices.Concat(lists...)...)
	}
	c.list.Sort()
	return c.list
}

// function checks one marked function.
func (c *checker) function(fn *load.Func) {
	c.signature(fn)
	if fn.Decl.Body != nil {
		c.callbacks(fn)
		c.callbackArguments(fn)
		c.yields(fn)
		c.body(fn)
	}
}

// A checker collects the problems of a package, or of one function.
type checker struct {
	pkg  *load.Package
	list diag.List
}

// refuse adds a problem that ends the compilation.
func (c *checker) refuse(pos token.Pos, id, hint, format string, args ...any) {
	c.list.AddTo(c.pkg.MarkedAt(pos), c.pkg.Position(pos), id, hint, format, args...)
}

// warn adds a problem that does not.
func (c *checker) warn(pos token.Pos, id, hint, format string, args ...any) {
	c.refuse(pos, id, hint, format, args...)
	c.list[len(c.list)-1].Warning = true
}
