package load

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// modulePath is the module that has the runtime.
const modulePath = "github.com/asyncgen/asyncgen"

// Recheck type-checks the package again after a pass has edited bodies or added declarations. Types
// and Info are new, and so is the Obj of every Func: no object of before is to be used again. An
// error means that the pass made code that is not Go.
//
// Info has nothing any more about the bodies of functions that are not marked. If nothing was edited,
// all stays as it was.
func (p *Package) Recheck() error {
	if p.fingerprint() == p.checked {
		return nil
	}
	p.noteUses()
	restore := p.hideBodies()
	defer restore()
	p.rechecking = true
	errs := p.typecheck(true, nil)
	p.rechecking = false
	errs.Sort()
	if errs.Failed() {
		return errs
	}
	return nil
}

// Generated is a package with its generated files.
type Generated struct {
	Files []*ast.File
	Types *types.Package
	Info  *types.Info
}

// CheckOutput type-checks the package as it is on disk, before any edit, with generated files in
// place of its stubs. It is the last verifier: what asyncgen writes compiles.
func (p *Package) CheckOutput(outputs map[string][]byte) (*Generated, error) {
	all := maps.Clone(outputs)
	for _, f := range p.Files {
		all[f.Name] = f.Src
	}
	out := &Generated{Info: newInfo()}
	for _, name := range sortedKeys(all) {
		f, err := parser.ParseFile(p.Fset, name, all[name], parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		out.Files = append(out.Files, f)
	}
	var errs diag.List
	conf := types.Config{
		GoVersion:   p.goVersion,
		FakeImportC: true,
		Importer:    p.indirect(),
		Sizes:       p.Sizes,
		Error: func(err error) {
			if e, ok := err.(types.Error); ok && !p.follows(e) {
				errs.Add(p.Position(e.Pos), "", "", "%s", e.Msg)
			}
		},
	}
	out.Types, _ = conf.Check(p.Path, p.Fset, out.Files, out.Info) // the error is the first of those collected
	errs.Sort()
	if errs.Failed() {
		return nil, errs
	}
	return out, nil
}

// indirect imports also what the imports import: a generated file names the types of values that the
// source passes on without naming them.
func (p *Package) indirect() importer {
	return importer{pkgs: reachable(p.imports), exports: p.exports}
}

// reachable adds what the imports import.
func reachable(imports map[string]*types.Package) map[string]*types.Package {
	all := maps.Clone(imports)
	var visit func(p *types.Package)
	visit = func(p *types.Package) {
		for _, q := range p.Imports() {
			if all[q.Path()] == nil {
				all[q.Path()] = q
				visit(q)
			}
		}
	}
	for _, path := range sortedKeys(imports) {
		if p := imports[path]; p != nil {
			visit(p)
		}
	}
	return all
}

// typecheck sets Types and Info from the syntax of the files and stubs. Without bodies it checks
// declarations only, which is enough for a package that others import. Imports that failed are
// given with their reasons.
func (p *Package) typecheck(bodies bool, failed map[string]string) (errs diag.List) {
	stubFiles := map[string]bool{}
	var syntax []*ast.File
	for _, f := range p.Files {
		syntax = append(syntax, f.Syntax)
	}
	for _, s := range p.stubs {
		syntax = append(syntax, s)
		stubFiles[p.Position(s.Package).Filename] = true
	}
	var inStubs diag.List
	unused := map[token.Pos]bool{} // imports of stubs
	report := func(err error) {
		var e types.Error
		if !errors.As(err, &e) || p.follows(e) {
			return
		}
		if p.rechecking && e.Soft && strings.Contains(e.Msg, " imported ") && strings.HasSuffix(e.Msg, " and not used") {
			return // used only by functions that are not marked
		}
		pos := p.Position(e.Pos)
		switch {
		case !stubFiles[pos.Filename]:
			errs.Add(pos, "", "", "%s", strings.TrimSuffix(strings.Join(strings.Fields(e.Msg), " "), ":")) // what follows names the other places
		case e.Soft: // an unused import
			unused[e.Pos] = true
		default:
			inStubs.Add(p.stubOwner(e), "", "", "the async form cannot be declared: %s", e.Msg)
		}
	}
	p.Info = nil
	if bodies {
		p.Info = newInfo()
	}
	imports := importer{pkgs: p.imports, failed: failed}
	if p.rechecking {
		imports = p.indirect() // a pass may write types that the source does not
	}
	conf := types.Config{
		GoVersion:        p.goVersion,
		IgnoreFuncBodies: !bodies,
		FakeImportC:      true, // values of C types are invalid, and package check refuses them
		Importer:         imports,
		Sizes:            p.Sizes,
		Error:            report,
	}
	p.Types, _ = conf.Check(p.Path, p.Fset, syntax, p.Info) // the error is the first of those reported
	if len(errs) == 0 && len(unused) > 0 && !p.rechecking && p.mayGrow() {
		p.dropImports(unused)
		return p.typecheck(bodies, failed)
	}
	p.siblings = map[siblingKey]*sibling{}
	p.callbacks, p.yields = nil, nil
	if len(errs) == 0 && !p.Errors.Failed() {
		errs = inStubs // otherwise a consequence of these
	}
	p.refresh()
	p.checked = p.fingerprint()
	return errs
}

// follows says whether an error only follows from something else: it is the second half of a message,
// which names the other place, or comes from our not knowing a type of C.
func (p *Package) follows(e types.Error) bool {
	return strings.HasPrefix(e.Msg, "\t") ||
		strings.Contains(e.Msg, "invalid type") && slices.ContainsFunc(p.Files, func(f *File) bool { return f.Cgo })
}

// newInfo is an Info that keeps everything.
func newInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Instances:    map[*ast.Ident]types.Instance{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
}

// refresh sets what follows from a new Info.
func (p *Package) refresh() {
	if p.Info == nil {
		return
	}
	for _, f := range p.Files {
		f.GoVersion = p.Info.FileVersions[f.Syntax]
	}
	for _, fn := range p.Funcs {
		fn.Obj, _ = p.Info.Defs[fn.Decl.Name].(*types.Func)
	}
}

// stubOwner is the position of the first marked function of the file whose stub has the error.
func (p *Package) stubOwner(e types.Error) token.Position {
	name := p.Position(e.Pos).Filename
	for _, fn := range p.Funcs {
		if fn.File.Out == name {
			return p.Position(fn.Decl.Name.Pos())
		}
	}
	return p.Position(e.Pos)
}

// importer hands out packages that were imported before. With exports, it completes those of which
// only some types are known.
type importer struct {
	pkgs    map[string]*types.Package
	failed  map[string]string
	exports *exports
}

// Import implements [types.Importer].
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := i.pkgs[path]; p != nil && (p.Complete() || i.exports == nil) {
		return p, nil
	}
	if why, ok := i.failed[path]; ok {
		return nil, errors.New(why)
	}
	if i.exports == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	if err := i.exports.list([]string{path}); err != nil {
		return nil, err
	}
	return i.exports.Import(path)
}
