package vet

import (
	"go/ast"
	"go/token"
	"maps"
	"path/filepath"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// stale reports marked functions whose async form is not there or was made from something else, and async
// forms of functions that are not marked any more. A package without generated files is none that is stale: it
// may be built with asyncgen run.
func (c *checker) stale() {
	missing := c.missing()
	byFile := map[string][]*load.Func{}
	for _, fn := range c.pkg.Funcs {
		byFile[fn.File.Out] = append(byFile[fn.File.Out], fn)
	}
	for _, name := range c.pkg.GeneratedFiles() {
		sums, _ := c.pkg.Records(name)
		c.left(name, sums, byFile[name])
		for _, fn := range byFile[name] {
			if why := staleness(fn, sums, missing); why != "" && c.pkg.Declared(fn) {
				c.report(fn.Decl.Name, diag.Stale, "run asyncgen", why, fn.Decl.Name.Name)
			}
		}
	}
}

// missing reports functions without an async form, and reports whether there are any.
func (c *checker) missing() bool {
	found := false
	for _, fn := range c.pkg.Funcs {
		if !c.pkg.Declared(fn) {
			found = true
			c.report(fn.Decl.Name, diag.Stale, "run asyncgen", "%s has no async form yet: the generated file is missing or out of date", fn.Decl.Name.Name)
		}
	}
	return found
}

// staleness says why the async form of fn is not that of the source, with %s for its name; "" where it is.
// Where other functions have no async form, calls of these seem to be ordinary ones, and that is all there is.
func staleness(fn *load.Func, sums load.Records, missing bool) string {
	sum, ok := sums[fn.FullName()]
	switch {
	case fn.Sum == load.Sum{}:
		return "" // it does not type-check, or is refused
	case len(sums) == 0:
		return "%s has an async form by another version of asyncgen, which does not say what it was made from"
	case !ok:
		return "%s has no async form yet: the generated file is out of date"
	case sum.Source != fn.Sum.Source:
		return "%s has changed since its async form was made"
	case sum.Meaning != fn.Sum.Meaning && !missing:
		return "what %s refers to has changed since its async form was made: which of its calls wait, or the types of its variables"
	}
	return ""
}

// left reports what a generated file has of functions that are not marked any more: at the function, at the
// source file, or, where that is gone, at the package.
func (c *checker) left(name string, sums load.Records, funcs []*load.Func) {
	for _, fn := range funcs {
		sums = maps.Clone(sums)
		delete(sums, fn.FullName())
	}
	for _, fn := range slices.Sorted(maps.Keys(sums)) {
		c.reportPos(c.placeOf(name, fn), diag.Stale, "run asyncgen", "%s has the async form of %s, which is not marked in its source", filepath.Base(name), fn)
	}
}

// placeOf is where a reader looks for a function that a generated file names.
func (c *checker) placeOf(generated, fn string) token.Pos {
	place := token.NoPos
	for _, f := range c.pkg.Files {
		if !place.IsValid() || f.Out == generated {
			place = f.Syntax.Name.Pos()
		}
		if f.Out != generated {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			if d, ok := decl.(*ast.FuncDecl); ok && load.FullName(d) == fn {
				return d.Name.Pos()
			}
		}
		return place
	}
	return place
}
