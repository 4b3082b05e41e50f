package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"time"

	"github.com/asyncgen/asyncgen/transform"
)

// A refusal is a function that asyncgen does not transform.
type refusal struct {
	function string
	problem  transform.Problem
}

// internalProblem is the rule by which asyncgen reports a mistake of its own.
const internalProblem = "AG0901"

// generate marks the package, and writes the async forms. A function that is refused is
// left as it is.
func (s *source) generate(env []string, r *Report) error {
	for {
		awaits, err := s.mark()
		if err != nil {
			return err
		}
		start := time.Now()
		result, err := transform.Compile(transform.Config{Dir: s.dir, Patterns: []string{"."}, NoTests: true, Env: env})
		r.Generation = time.Since(start)
		var problems transform.Problems
		if errors.As(err, &problems) {
			if err := s.unmark(problems, r); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		r.Awaits, r.Warnings = awaits, len(result.Warnings)
		for _, f := range result.Files {
			r.Generated += len(f.Content)
		}
		changes, err := result.Changes()
		if err != nil {
			return err
		}
		return transform.Write(changes)
	}
}

// unmark takes the marks from the functions that have problems. A problem that no function has is an error.
func (s *source) unmark(problems transform.Problems, r *Report) error {
	seen := map[*function]bool{}
	for _, d := range problems {
		if d.Warning {
			continue
		}
		fn, err := s.at(d.Pos)
		if err != nil {
			return err
		}
		if fn == nil || d.ID == "" || d.ID == internalProblem || fn.refused && !seen[fn] {
			return fmt.Errorf("asyncgen: %w", problems)
		}
		if seen[fn] {
			continue
		}
		seen[fn], fn.refused = true, true
		r.Refused = append(r.Refused, refusal{fn.name, d})
	}
	return nil
}

// at is the function at a position in the files on disk.
func (s *source) at(pos token.Position) (*function, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, pos.Filename, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range f.Decls {
		decl, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := decl.Pos(), decl.End()
		if decl.Doc != nil {
			first = decl.Doc.Pos()
		}
		if fset.Position(first).Line <= pos.Line && pos.Line <= fset.Position(last).Line {
			return s.funcs[declName(decl)], nil
		}
	}
	return nil, fmt.Errorf("%s: no function there", filepath.Base(pos.String()))
}
