package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"slices"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A rule is one analyzer.
type rule struct {
	name string
	doc  string
	run  func(*checker)
}

// rules are all analyzers, in the order in which they are documented.
var rules = []rule{
	{"asyncmistakes", "report what asyncgen refuses or warns of, and generated code that is missing", (*checker).mistakes},
	{"asyncdropped", "report futures and handles that nobody awaits", (*checker).dropped},
	{"asyncblocking", "report calls and channel operations that block a worker", (*checker).blocking},
	{"asynclock", "report sync locks that are held across an await", (*checker).locks},
	{"asyncborrow", "report lent futures that their owner neither awaits nor cancels", (*checker).borrowed},
	{"asyncloop", "report loops without an await that keep a worker", (*checker).loops},
	{"asyncpassed", "report futures that are used after they were passed on", (*checker).passed},
	{"asyncshared", "report variables and tickers that tasks which run in parallel share", (*checker).shared},
	{"asyncignored", "report functions of rt.Blocking that may wait for ever and ignore their context", (*checker).ignored},
	{"asyncchosen", "report what is read of a branch of a Select that was not chosen", (*checker).notChosen},
	{"asyncmark", "report blocks in functions that are not marked", (*checker).unmarked},
}

// Analyzers are the rules of asyncgen vet, for drivers of go/analysis.
//
// They need the generated files of the package: where these are missing, a package that refers to an
// async form does not type-check, and drivers skip it or fail.
func Analyzers() []*analysis.Analyzer { return slices.Clone(analyzers) }

var analyzers = makeAnalyzers()

// makeAnalyzers makes an analyzer of each rule. All of them report what one hidden analyzer finds: the
// rules share a [load.Package], which is not made for several at a time.
func makeAnalyzers() (list []*analysis.Analyzer) {
	for _, r := range rules {
		list = append(list, &analysis.Analyzer{
			Name:     r.name,
			Doc:      r.doc,
			URL:      "https://github.com/asyncgen/asyncgen/blob/main/docs/vet.md",
			Requires: []*analysis.Analyzer{all},
			Run: func(pass *analysis.Pass) (any, error) {
				for _, d := range pass.ResultOf[all].(findings)[r.name] {
					pass.Report(d)
				}
				return nil, nil
			},
		})
	}
	return list
}

// findings are what the rules have found, by the name of the rule.
type findings map[string][]analysis.Diagnostic

// all runs the rules.
var all = &analysis.Analyzer{
	Name:       "asyncgen",
	Doc:        "run the rules about async code",
	Run:        runAll,
	ResultType: reflect.TypeFor[findings](),
	FactTypes:  []analysis.Fact{new(waits), new(callsParam), new(ready)},
}

func runAll(pass *analysis.Pass) (any, error) {
	if !reachesRuntime(pass.Pkg) && !slices.ContainsFunc(pass.Files, load.IsGenerated) {
		return findings{}, nil // nothing here can await
	}
	c := newChecker(pass)
	c.runRules()
	return c.found, nil
}

// newChecker makes a checker that knows the package's units.
func newChecker(pass *analysis.Pass) *checker {
	c := &checker{
		pass:  pass,
		pkg:   load.Checked(pass.Fset, pass.Files, pass.Pkg, pass.TypesInfo),
		found: findings{},
	}
	c.collect()
	return c
}

// runRules runs all rules, after the facts that they need.
func (c *checker) runRules() {
	c.findReady()
	c.exportWaits()
	for _, r := range rules {
		c.rule = r.name
		r.run(c)
	}
}

// reachesRuntime reports whether a package is the runtime or imports it, directly or not.
func reachesRuntime(pkg *types.Package) bool {
	seen := map[*types.Package]bool{}
	var visit func(p *types.Package) bool
	visit = func(p *types.Package) bool {
		if seen[p] {
			return false
		}
		seen[p] = true
		return p.Path() == load.RuntimePath || slices.ContainsFunc(p.Imports(), visit)
	}
	return visit(pkg)
}

// A checker runs the rules over one package.
type checker struct {
	pass  *analysis.Pass
	pkg   *load.Package
	units []*unit // outer ones first
	byLit map[*ast.FuncLit]*unit
	decls map[*types.Func]*ast.FuncDecl // functions of the package, see exportWaits
	rule  string
	found findings

	rangedOver map[*types.Var]*types.Var // see ranged
}

// report adds a finding at a node.
func (c *checker) report(at ast.Node, id, hint, format string, args ...any) *analysis.Diagnostic {
	d := c.reportPos(at.Pos(), id, hint, format, args...)
	d.End = at.End()
	return d
}

// reportPos adds a finding at a position. The id is part of the message, so that whatever prints it,
// asyncgen explain can be asked.
func (c *checker) reportPos(pos token.Pos, id, hint, format string, args ...any) *analysis.Diagnostic {
	text := diag.Diagnostic{ID: id, Hint: hint, Message: fmt.Sprintf(format, args...)}
	c.found[c.rule] = append(c.found[c.rule], analysis.Diagnostic{Pos: pos, Category: id, Message: text.String()})
	list := c.found[c.rule]
	return &list[len(list)-1]
}

// line is a position within the package, short.
func (c *checker) line(pos token.Pos) string { return shortPosition(c.pass.Fset, pos) }

// runtimeFunc is the name of the function of rt that fn is, "" for every other.
func runtimeFunc(fn *types.Func) string {
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != load.RuntimePath || fn.Signature().Recv() != nil {
		return ""
	}
	return fn.Name()
}

// isRuntimeNamed reports whether t, or what it points to, is the type of rt with that name.
func isRuntimeNamed(t types.Type, name string) bool {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == load.RuntimePath
}
