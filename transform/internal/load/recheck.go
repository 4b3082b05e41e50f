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

// ModulePath is the module that has the runtime.
const ModulePath = "github.com/asyncgen/asyncgen"

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
	conf := p.config(p.indirect(), func(e types.Error) { errs.Add(p.Position(e.Pos), "", "", "%s", e.Msg) })
	conf.Context = nil                                             // it is another package
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
	if p.reach == nil {
		p.reach = reachable(p.imports)
	}
	return importer{pkgs: p.reach, export: p.export}
}

// NotePackages finds the answers of [Package.Known].
func (p *Package) NotePackages() {
	if p.known != nil {
		return
	}
	p.known = map[string]bool{}
	for _, q := range p.indirect().pkgs {
		if q != nil {
			p.known[q.Name()] = true
		}
	}
}

// Known reports whether a package that can be reached from this one has a name.
func (p *Package) Known(name string) bool { return p.known[name] }

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
	p.Info = nil
	if bodies {
		p.Info = newInfo()
	}
	conf := p.config(importer{pkgs: p.imports, failed: failed}, func(e types.Error) {
		pos := p.Position(e.Pos)
		switch {
		case !stubFiles[pos.Filename]:
			errs.Add(pos, "", "", "%s", strings.TrimSuffix(strings.Join(strings.Fields(e.Msg), " "), ":")) // what follows names the other places
		case e.Soft: // an unused import
			unused[e.Pos] = true
		default:
			inStubs.Add(p.stubOwner(e), "", "", "the async form cannot be declared: %s", e.Msg)
		}
	})
	conf.IgnoreFuncBodies = !bodies
	p.Types = types.NewPackage(p.Path, "") // the name is that of the first file
	if crash := check(types.NewChecker(conf, p.Fset, p.Types, p.Info), syntax); crash != nil && len(p.Files) > 0 {
		errs.Add(diag.Start(p.Files[0].Name), "", "ask go vet, which may say more", "Go's type checker fails: %v", crash)
	}
	if len(errs) == 0 && len(unused) > 0 && p.mayGrow() {
		p.dropImports(unused)
		return p.typecheck(bodies, failed)
	}
	if len(errs) == 0 && !p.Errors.Failed() {
		errs = inStubs // otherwise a consequence of these
	}
	p.refresh()
	if bodies {
		p.atInit = p.findInit()
	}
	return errs
}

// CheckConfig is how the package is type-checked again, also where it names packages that only its imports import.
func (p *Package) CheckConfig(report func(types.Error)) *types.Config {
	return p.config(p.indirect(), report)
}

// Rechecked says that functions have been edited and type-checked again, with these objects.
func (p *Package) Rechecked(objects map[*Func]*types.Func) {
	for fn, obj := range objects {
		fn.Obj = obj
		p.Info.Defs[fn.Decl.Name] = obj
	}
	p.noteParams()
}

// config is how the package is type-checked. What only follows from another error is not reported.
func (p *Package) config(imports importer, report func(types.Error)) *types.Config {
	return &types.Config{
		GoVersion:   p.goVersion,
		Context:     p.context,
		FakeImportC: true, // values of C types are invalid, and package check refuses them
		Importer:    imports,
		Sizes:       p.Sizes,
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && !p.follows(e) {
				report(e)
			}
		},
	}
}

// check runs a type checker; the first of the errors that it reports it returns, too. On some files with
// errors it panics, which is what comes back.
func check(c *types.Checker, files []*ast.File) (crash any) {
	done := false
	defer func() {
		if r := recover(); !done {
			crash = fmt.Sprint("panic: ", r)
		}
	}()
	_ = c.Files(files)
	done = true
	return nil
}

// follows reports whether an error only follows from something else: it is the second half of a message,
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
	p.noteParams()
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

// importer hands out packages that were imported before. With export, it completes those of which
// only some types are known.
type importer struct {
	pkgs   map[string]*types.Package
	failed map[string]string
	export func(string) (*types.Package, error)
}

// Import implements [types.Importer].
func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := i.pkgs[path]; p != nil && (p.Complete() || i.export == nil) {
		return p, nil
	}
	if why, ok := i.failed[path]; ok {
		return nil, errors.New(why)
	}
	if i.export == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	return i.export(path)
}
