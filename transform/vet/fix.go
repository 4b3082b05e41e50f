package vet

import (
	"go/ast"
	"go/token"
	"go/types"

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

// runtimeName is the name by which the file around pos knows package rt; "" where it does not import
// it, or something else hides the name there.
func (c *checker) runtimeName(pos token.Pos) string {
	f := c.file(pos)
	scope := c.pass.Pkg.Scope().Innermost(pos)
	if f == nil || scope == nil {
		return ""
	}
	for _, spec := range f.Syntax.Imports {
		pkg := c.pass.TypesInfo.PkgNameOf(spec)
		if pkg == nil || pkg.Imported().Path() != load.RuntimePath {
			continue
		}
		if _, obj := scope.LookupParent(pkg.Name(), pos); obj == types.Object(pkg) {
			return pkg.Name()
		}
	}
	return ""
}

// fixMark marks the function around a finding.
func (c *checker) fixMark(d *analysis.Diagnostic, decl *ast.FuncDecl) {
	if !c.canMark(decl) {
		return
	}
	mark := "//async:func\n"
	if decl.Doc != nil {
		mark = "//\n" + mark
	}
	d.SuggestedFixes = append(d.SuggestedFixes, insert("mark "+decl.Name.Name, decl.Type.Func, mark))
}

// canMark says whether a function can be marked.
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
		d.SuggestedFixes = append(d.SuggestedFixes, insert("let other tasks run", at, name+".Yield()\n"))
	}
}
