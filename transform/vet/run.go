package vet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	driver "golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/ast/astutil"
	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// Config says what to look at.
type Config struct {
	Dir      string   // where the patterns are looked at, "" for the current directory
	Patterns []string // packages, as for go build; none means "."
	Tags     string   // build tags, as for go build -tags
	Env      []string // environment of the go command, nil for that of this process
}

// A Finding is one thing that is likely to be a mistake.
type Finding struct {
	Rule    string `json:"rule"` // "AG0401"
	File    string `json:"file"` // absolute
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Fixes   []Fix  `json:"fixes,omitempty"`

	callee token.Pos // AG0405: the function that waits
}

// String is the line that is printed.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", f.File, f.Line, f.Column, f.Message, f.Rule)
}

// A Fix is a change that mends a finding.
type Fix struct {
	Message string `json:"message"`
	Edits   []Edit `json:"edits"`
}

// An Edit puts text in place of the bytes from Start to End.
type Edit struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Run runs all rules over the packages that match, test files included. The generated files need not be
// there, or may be out of date. Where packages do not type-check, the error is a list of their problems,
// and the findings are those of the others.
func Run(cfg Config) ([]Finding, error) {
	pkgs, err := loader.Load(loader.Config{Dir: cfg.Dir, Patterns: cfg.Patterns, Tags: cfg.Tags, Env: cfg.Env, Bodies: true})
	if err != nil && !errors.As(err, new(diag.List)) {
		return nil, err
	}
	var list []Finding
	var valid []*load.Package
	for _, p := range pkgs {
		if !p.Valid() {
			continue
		}
		valid = append(valid, p)
		for _, d := range p.Errors {
			if d.Warning { // the rules report the rest
				list = append(list, finding(d))
			}
		}
	}
	more, failed := analyze(valid)
	markCallees(valid, more)
	if failed == nil {
		failed = broken(err)
	}
	return sorted(append(list, more...)), failed
}

// markCallees makes the fix of a call that blocks mark all functions from there to the await, whatever their
// packages.
func markCallees(pkgs []*load.Package, list []Finding) {
	if !slices.ContainsFunc(list, func(f Finding) bool { return f.callee.IsValid() }) {
		return
	}
	m := newMarker(pkgs)
	m.spread()
	for i := range list {
		if !list[i].callee.IsValid() {
			continue
		}
		list[i].Fixes = nil
		if fix := m.fix(list[i].callee); fix != nil {
			list[i].Fixes = []Fix{*fix}
		}
	}
}

// broken is what is wrong with packages that do not type-check. What asyncgen refuses is among the findings.
func broken(err error) error {
	var list diag.List
	errors.As(err, &list)
	list = slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.ID != "" })
	if len(list) == 0 {
		return nil
	}
	return list
}

// analyze runs the rules over packages that are loaded.
func analyze(pkgs []*load.Package) ([]Finding, error) {
	g := &graph{made: map[*load.Package]*packages.Package{}}
	var roots []*packages.Package
	for _, p := range pkgs {
		if p.Types != nil {
			roots = append(roots, g.convert(p))
		}
	}
	if len(roots) == 0 {
		return nil, nil
	}
	res, err := driver.Analyze(analyzers, roots, nil)
	if err != nil {
		return nil, err
	}
	var list []Finding
	for _, act := range res.Roots {
		if act.Err != nil {
			return nil, fmt.Errorf("%s of %s: %w", act.Analyzer, act.Package, act.Err)
		}
		for _, d := range act.Diagnostics {
			list = append(list, convert(act.Package.Fset, d))
		}
	}
	return sorted(list), nil
}

// A graph is packages as go/analysis wants them.
type graph struct {
	made map[*load.Package]*packages.Package
}

// convert gives a package its files without the stubs: what these declare is known to its types. Of a generated
// file on disk there is what says what it was made from.
func (g *graph) convert(p *load.Package) *packages.Package {
	if m := g.made[p]; m != nil {
		return m
	}
	m := &packages.Package{
		ID: fmt.Sprintf("%s#%d", p.Path, len(g.made)), PkgPath: p.Path, Name: p.Name, Fset: p.Fset,
		Types: p.Types, TypesInfo: p.Info, TypesSizes: p.Sizes, Imports: map[string]*packages.Package{},
		Syntax: make([]*ast.File, 0, len(p.Files)),
	}
	g.made[p] = m
	for _, f := range p.Files {
		m.Syntax = append(m.Syntax, f.Syntax)
	}
	for _, name := range p.GeneratedFiles() {
		if f := p.Outline(name); f != nil {
			m.Syntax = append(m.Syntax, f)
		}
	}
	for _, dep := range p.Deps() {
		m.Imports[dep.Path] = g.convert(dep)
	}
	return m
}

// convert makes a Finding of what an analyzer reports.
func convert(fset *token.FileSet, d analysis.Diagnostic) Finding {
	pos := fset.PositionFor(d.Pos, false)
	f := Finding{
		Rule: d.Category, File: pos.Filename, Line: pos.Line, Column: pos.Column,
		Message: strings.TrimSuffix(d.Message, " ["+d.Category+"]"),
	}
	if d.Category == diag.BlockingFunc && len(d.Related) > 0 {
		f.callee = d.Related[0].Pos
	}
	for _, fix := range d.SuggestedFixes {
		into := Fix{Message: fix.Message}
		for _, e := range fix.TextEdits {
			file := fset.File(e.Pos)
			end := e.End
			if !end.IsValid() {
				end = e.Pos
			}
			into.Edits = append(into.Edits, Edit{file.Name(), file.Offset(e.Pos), file.Offset(end), string(e.NewText)})
		}
		f.Fixes = append(f.Fixes, into)
	}
	return f
}

// finding makes a Finding of a problem that loading has found.
func finding(d diag.Diagnostic) Finding {
	f := Finding{Rule: d.ID, File: d.Pos.Filename, Line: d.Pos.Line, Column: d.Pos.Column, Message: d.Message}
	if d.Hint != "" {
		f.Message += "; " + d.Hint
	}
	return f
}

// sorted orders findings by position, and drops those that are found twice: in a package, and in its
// variant for tests.
func sorted(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(list, func(a, b Finding) bool { return a.String() == b.String() })
}

// Fixable are the findings of which the first fix can be applied. One that overlaps with an earlier fix is left
// for the next run.
func Fixable(list []Finding) (fixable []Finding) {
	edits := map[string][]Edit{}
	for _, f := range list {
		if len(f.Fixes) == 0 || overlaps(edits, f.Fixes[0]) {
			continue
		}
		fixable = append(fixable, f)
		for _, e := range f.Fixes[0].Edits {
			edits[e.File] = append(edits[e.File], e)
		}
	}
	return fixable
}

// Fixed applies the first fix of each finding that is [Fixable], and returns the new contents of files with the
// old ones, by name.
func Fixed(list []Finding) (before, after map[string][]byte, err error) {
	return fixed(list, os.ReadFile)
}

func fixed(list []Finding, read func(string) ([]byte, error)) (before, after map[string][]byte, err error) {
	before, after = map[string][]byte{}, map[string][]byte{}
	edits := map[string][]Edit{}
	for _, f := range Fixable(list) {
		for _, e := range f.Fixes[0].Edits {
			if !slices.Contains(edits[e.File], e) { // two fixes may add the same import
				edits[e.File] = append(edits[e.File], e)
			}
		}
	}
	for name, es := range edits {
		src, readErr := read(name)
		if readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		before[name] = src
		after[name] = apply(src, es)
	}
	return before, after, err
}

// overlaps reports whether a fix changes what an earlier one has changed.
func overlaps(edits map[string][]Edit, fix Fix) bool {
	for _, e := range fix.Edits {
		for _, other := range edits[e.File] {
			if e != other && (e.Start < other.End && other.Start < e.End || e.Start == other.Start) {
				return true
			}
		}
	}
	return false
}

// apply makes the changes and formats the result if it parses. Where the last use of package time is gone
// its import goes, too.
func apply(src []byte, edits []Edit) []byte {
	out := insertAll(src, edits)
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", out, parser.ParseComments)
	if err != nil {
		return out
	}
	if !astutil.UsesImport(f, "time") {
		astutil.DeleteImport(fset, f, "time")
	}
	var b bytes.Buffer
	if err := format.Node(&b, fset, f); err != nil {
		return out
	}
	return b.Bytes()
}
