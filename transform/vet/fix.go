package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// insert is a fix that adds text at a position.
func insert(what string, pos token.Pos, text string) analysis.SuggestedFix {
	return replace(what, pos, pos, text)
}

// replace is a fix that puts text in place of a range.
func replace(what string, from, to token.Pos, text string) analysis.SuggestedFix {
	return analysis.SuggestedFix{
		Message:   what,
		TextEdits: []analysis.TextEdit{{Pos: from, End: to, NewText: []byte(text)}},
	}
}

// runtimeName is the name by which the file around pos knows package rt, or would if it imported it; ""
// where something else has the name there. A fix that uses it takes [checker.importRuntime] along.
func (c *checker) runtimeName(pos token.Pos) string {
	f := c.file(pos)
	scope := c.pass.Pkg.Scope().Innermost(pos)
	if f == nil || scope == nil {
		return ""
	}
	if pkg := c.runtimeImport(f); pkg != nil {
		if _, obj := scope.LookupParent(pkg.Name(), pos); obj == types.Object(pkg) {
			return pkg.Name()
		}
		return ""
	}
	const name = "rt"
	if _, obj := scope.LookupParent(name, pos); obj != nil || c.pkg.Path == load.RuntimePath {
		return ""
	}
	return name
}

// runtimeImport is the import of package rt by a file, nil if it has none that gives a name.
func (c *checker) runtimeImport(f *load.File) *types.PkgName {
	for _, spec := range f.Syntax.Imports {
		pkg := c.pass.TypesInfo.PkgNameOf(spec)
		if pkg != nil && pkg.Imported().Path() == load.RuntimePath && pkg.Name() != "_" && pkg.Name() != "." {
			return pkg
		}
	}
	return nil
}

// importRuntime adds the import of package rt to a fix where the file around pos has none.
func (c *checker) importRuntime(pos token.Pos, fix analysis.SuggestedFix) analysis.SuggestedFix {
	f := c.file(pos)
	if c.runtimeImport(f) != nil {
		return fix
	}
	at, text := f.Syntax.Name.End(), "\n\nimport \""+load.RuntimePath+"\""
	for _, d := range f.Syntax.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			at = g.End()
			if g.Rparen.IsValid() {
				at, text = g.Rparen, "\n\""+load.RuntimePath+"\"\n"
			}
		}
	}
	fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)})
	return fix
}

// fixMark marks the function around a finding.
func (c *checker) fixMark(d *analysis.Diagnostic, decl *ast.FuncDecl) {
	if !c.canMark(decl) {
		return
	}
	d.SuggestedFixes = append(d.SuggestedFixes, insert("mark "+decl.Name.Name, decl.Type.Func, c.markEdit(decl).Text))
}

// canMark reports whether a function can be marked.
func (c *checker) canMark(decl *ast.FuncDecl) bool {
	f := c.file(decl.Pos())
	return f != nil && check.CanMark(f, decl)
}

// file is the file that has pos; nil for a generated one.
func (c *checker) file(pos token.Pos) *load.File {
	for _, f := range c.pkg.Files {
		if f.Syntax.FileStart <= pos && pos <= f.Syntax.FileEnd {
			return f
		}
	}
	return nil
}

// fixYield adds an await at the start of a loop.
func (c *checker) fixYield(d *analysis.Diagnostic, loop *ast.ForStmt) {
	if name := c.runtimeName(loop.Body.Lbrace); name != "" {
		at := loop.Body.Rbrace
		if len(loop.Body.List) > 0 {
			at = loop.Body.List[0].Pos()
		}
		d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(at, insert("let other tasks run", at, name+".Yield()\n")))
	}
}

// fixName calls a function of rt in place of another:
//
//	time.Sleep(d)   =>   rt.Sleep(d)
func (c *checker) fixName(d *analysis.Diagnostic, call *ast.CallExpr, to string) {
	if name := c.runtimeName(call.Pos()); name != "" {
		fix := replace("use rt."+to, call.Fun.Pos(), call.Fun.End(), name+"."+to)
		d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(call.Pos(), fix))
	}
}

// fixReceive replaces a receive that only waits:
//
//	<-time.After(d)   =>   rt.Sleep(d)
//	<-h.Done()        =>   rt.Await(h)
func (c *checker) fixReceive(d *analysis.Diagnostic, recv *ast.UnaryExpr) {
	name, call := c.runtimeName(recv.Pos()), c.unparenCall(recv.X)
	if name == "" || call == nil {
		return
	}
	fn := c.pkg.Callee(call)
	sel, _ := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	switch {
	case fn == nil || sel == nil:
	case funcName(fn) == "time.After":
		fix := replace("use rt.Sleep", recv.Pos(), call.Fun.End(), name+".Sleep")
		d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(call.Pos(), fix))
	case funcName(fn) == runtimePrefix+"JoinHandle.Done":
		fix := replace("await the handle", recv.Pos(), sel.X.Pos(), name+".Await(")
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: sel.X.End(), End: recv.End(), NewText: []byte(")")})
		d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(call.Pos(), fix))
	}
}

// fixOutside has a goroutine of the blocking pool make a call that gives a value and an error. Where there
// is a context at hand, the call gets one that ends with the task:
//
//	os.ReadFile(name)
//
// becomes
//
//	rt.Blocking(ctx, func(ctx context.Context) ([]byte, error) { return os.ReadFile(name) })
//	rt.Await(rt.SpawnBlocking(func() ([]byte, error) { return os.ReadFile(name) }))
func (c *checker) fixOutside(d *analysis.Diagnostic, call *ast.CallExpr) {
	name := c.runtimeName(call.Pos())
	results, ok := c.pass.TypesInfo.TypeOf(call).(*types.Tuple)
	if name == "" || !ok || results.Len() != 2 || !types.Identical(results.At(1).Type(), types.Universe.Lookup("error").Type()) {
		return
	}
	typ := c.typeText(call.Pos(), results.At(0).Type())
	ctx, pkg := c.contextAt(call.Pos())
	switch {
	case typ == "":
		return
	case ctx != "":
		c.around(d, call, fmt.Sprintf("%s.Blocking(%s, func(%s %s.Context) (%s, error) { return ", name, ctx, ctx, pkg, typ), " })")
	default:
		c.around(d, call, fmt.Sprintf("%s.Await(%s.SpawnBlocking(func() (%s, error) { return ", name, name, typ), " }))")
	}
}

// around puts text before and after a call.
func (c *checker) around(d *analysis.Diagnostic, call *ast.CallExpr, before, after string) {
	fix := insert("call it in the blocking pool", call.Pos(), before)
	fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: call.End(), End: call.End(), NewText: []byte(after)})
	d.SuggestedFixes = append(d.SuggestedFixes, c.importRuntime(call.Pos(), fix))
}

// contextAt is a variable of type context.Context that can be named at pos, the innermost, and the name
// of package context there.
func (c *checker) contextAt(pos token.Pos) (ctx, pkg string) {
	for scope := c.pass.Pkg.Scope().Innermost(pos); scope != nil; scope = scope.Parent() {
		for _, name := range scope.Names() {
			v, ok := scope.Lookup(name).(*types.Var)
			if !ok || v.Type().String() != "context.Context" || name == "_" {
				continue
			}
			if _, obj := c.pass.Pkg.Scope().Innermost(pos).LookupParent(name, pos); obj == types.Object(v) {
				return name, strings.TrimSuffix(c.typeText(pos, v.Type()), ".Context")
			}
		}
	}
	return "", ""
}

// typeText is a type as the file around pos writes it, "" if it cannot without another import.
func (c *checker) typeText(pos token.Pos, t types.Type) string {
	f := c.file(pos)
	if f == nil {
		return ""
	}
	names := map[string]string{}
	for _, spec := range f.Syntax.Imports {
		if pkg := c.pass.TypesInfo.PkgNameOf(spec); pkg != nil {
			names[pkg.Imported().Path()] = pkg.Name()
		}
	}
	ok := true
	text := types.TypeString(t, func(p *types.Package) string {
		if p == c.pass.Pkg {
			return ""
		}
		ok = ok && names[p.Path()] != "" && names[p.Path()] != "."
		return names[p.Path()]
	})
	if !ok {
		return ""
	}
	return text
}
