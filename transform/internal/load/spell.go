package load

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A speller writes syntax and types down, for a [Sum]: two that differ in more than comments and layout are
// written in different ways, on every machine and with every version of Go in the same one.
type speller struct{ text []byte }

// words writes words that cannot run into each other.
func (s *speller) words(list ...string) {
	for _, w := range list {
		s.text = append(append(s.text, w...), 0)
	}
	s.text = append(s.text, 1)
}

// kind writes the kind of a node, and which of its parts are there: an entry for each that can be missing
// without another word that tells.
func (s *speller) kind(k byte, parts ...bool) {
	b := byte(0)
	for i, there := range parts {
		if there {
			b |= 1 << i
		}
	}
	s.text = append(s.text, 2, k, b)
}

// visit writes a node, for [ast.Inspect]. The end of a node is written, too.
func (s *speller) visit(n ast.Node) bool {
	switch n := n.(type) {
	case nil:
		s.text = append(s.text, 3)
	case *ast.Comment, *ast.CommentGroup:
		return false
	case ast.Expr:
		s.expr(n)
	case ast.Stmt:
		s.stmt(n)
	case *ast.Field:
		s.kind('f', n.Tag != nil)
		s.words(fmt.Sprint(len(n.Names)))
	case *ast.FieldList:
		s.kind('F')
	case *ast.FuncDecl:
		s.kind('D', n.Recv != nil, n.Body != nil)
	case *ast.GenDecl:
		s.kind('d')
		s.words(n.Tok.String())
	case *ast.ValueSpec:
		s.kind('v', n.Type != nil)
		s.words(fmt.Sprint(len(n.Names)))
	case *ast.TypeSpec:
		s.kind('t', n.TypeParams != nil, n.Assign.IsValid())
	default: // *ast.File, *ast.ImportSpec, *ast.BadDecl: none is in a function
		s.words(fmt.Sprintf("%T", n))
	}
	return true
}

// expr writes an expression without those in it.
func (s *speller) expr(n ast.Expr) {
	switch n := n.(type) {
	case *ast.Ident:
		s.kind('i')
		s.words(n.Name)
	case *ast.BasicLit:
		s.kind('l')
		s.words(n.Kind.String(), literal(n))
	case *ast.Ellipsis:
		s.kind('.')
	case *ast.FuncLit:
		s.kind('L')
	case *ast.CompositeLit:
		s.kind('{', n.Type != nil)
	case *ast.ParenExpr:
		s.kind('(')
	case *ast.SelectorExpr:
		s.kind('s')
	case *ast.IndexExpr, *ast.IndexListExpr:
		s.kind('[')
	case *ast.SliceExpr:
		s.kind(':', n.Low != nil, n.High != nil, n.Slice3)
	case *ast.TypeAssertExpr:
		s.kind('a', n.Type != nil)
	case *ast.CallExpr:
		s.kind('c', n.Ellipsis.IsValid())
	case *ast.StarExpr:
		s.kind('*')
	case *ast.UnaryExpr:
		s.kind('u')
		s.words(n.Op.String())
	case *ast.BinaryExpr:
		s.kind('b')
		s.words(n.Op.String())
	case *ast.KeyValueExpr:
		s.kind('k')
	case *ast.ArrayType:
		s.kind('A', n.Len != nil)
	case *ast.StructType:
		s.kind('S')
	case *ast.FuncType:
		s.kind('T', n.TypeParams != nil, n.Results != nil)
	case *ast.InterfaceType:
		s.kind('I')
	case *ast.MapType:
		s.kind('M')
	case *ast.ChanType:
		s.kind('C', n.Dir&ast.SEND != 0, n.Dir&ast.RECV != 0)
	default: // *ast.BadExpr: does not compile
		s.words(fmt.Sprintf("%T", n))
	}
}

// literal is a basic literal in one of its spellings: gofmt changes 0XF to 0xF, and a raw string has no
// carriage returns.
func literal(n *ast.BasicLit) string {
	switch n.Kind {
	case token.INT, token.FLOAT, token.IMAG:
		return strings.ToLower(n.Value)
	case token.STRING:
		return strings.ReplaceAll(n.Value, "\r", "")
	default:
		return n.Value
	}
}

// stmt writes a statement without what is in it.
func (s *speller) stmt(n ast.Stmt) {
	switch n := n.(type) {
	case *ast.DeclStmt:
		s.kind('1')
	case *ast.EmptyStmt:
		s.kind('2')
	case *ast.LabeledStmt:
		s.kind('3')
	case *ast.ExprStmt:
		s.kind('4')
	case *ast.SendStmt:
		s.kind('5')
	case *ast.IncDecStmt:
		s.kind('6')
		s.words(n.Tok.String())
	case *ast.AssignStmt:
		s.kind('7')
		s.words(n.Tok.String(), fmt.Sprint(len(n.Lhs)))
	case *ast.GoStmt:
		s.kind('8')
	case *ast.DeferStmt:
		s.kind('9')
	case *ast.ReturnStmt:
		s.kind('r')
	case *ast.BranchStmt:
		s.kind('j')
		s.words(n.Tok.String())
	case *ast.BlockStmt:
		s.kind('B')
	case *ast.IfStmt:
		s.kind('?', n.Init != nil, n.Else != nil)
	case *ast.CaseClause:
		s.kind('p', n.List != nil)
		s.words(fmt.Sprint(len(n.List)))
	case *ast.SwitchStmt:
		s.kind('w', n.Init != nil, n.Tag != nil)
	case *ast.TypeSwitchStmt:
		s.kind('W', n.Init != nil)
	case *ast.CommClause:
		s.kind('P', n.Comm != nil)
	case *ast.SelectStmt:
		s.kind('!')
	case *ast.ForStmt:
		s.kind('o', n.Init != nil, n.Cond != nil, n.Post != nil)
	case *ast.RangeStmt:
		s.kind('O', n.Key != nil, n.Value != nil)
		s.words(n.Tok.String())
	default: // *ast.BadStmt: does not compile
		s.words(fmt.Sprintf("%T", n))
	}
}

// spellIdent writes the package that a name belongs to, or is, and the type of a variable that is declared.
func (p *Package) spellIdent(s *speller, id *ast.Ident) {
	switch obj := p.Info.ObjectOf(id).(type) {
	case *types.PkgName:
		s.words("import", path(obj.Imported()))
	case *types.Var:
		if p.Info.Defs[id] != nil && id.Name != "_" {
			s.words("var", id.Name)
			s.typ(p, obj.Type())
		}
	case *types.Func, *types.TypeName, *types.Const:
		if pkg := obj.Pkg(); pkg != nil && pkg != p.Types && obj.Parent() == pkg.Scope() {
			s.words("of", path(pkg)) // a dot import brings it
		}
	}
}

// spellAwait writes how a call waits, and with what it comes back.
func (p *Package) spellAwait(s *speller, a *Await) {
	s.words("await", fmt.Sprint(int(a.Kind)), a.Run, fmt.Sprint(a.Recovers, a.Callbacks, a.Receivers))
	if a.Callee != nil {
		s.words(path(a.Callee.Pkg()), a.Callee.Name())
		if recv := a.Callee.Signature().Recv(); recv != nil {
			s.typ(p, recv.Type())
		}
	}
	if a.Async != nil {
		s.words("async", a.Async.Name())
	}
	if a.Sig != nil {
		s.typ(p, a.Sig.Results())
	}
}

// path is the import path of a package. The variant that go vet makes for tests is the same package.
func path(pkg *types.Package) string {
	if pkg == nil {
		return ""
	}
	path, _, _ := strings.Cut(pkg.Path(), " ")
	return path
}

// typ writes a type. What an alias stands for counts, not its name: one version of Go keeps aliases, another
// does not. Types of the package itself have no path, so that it may move.
func (s *speller) typ(p *Package, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		s.words("basic", fmt.Sprint(int(t.Kind())))
	case *types.Named:
		s.words("named", t.Obj().Name())
		if pkg := t.Obj().Pkg(); pkg != nil && pkg != p.Types {
			s.words(path(pkg))
		}
		for arg := range t.TypeArgs().Types() {
			s.typ(p, arg)
		}
	case *types.TypeParam:
		s.words("param", t.Obj().Name())
	case *types.Pointer:
		s.words("*")
		s.typ(p, t.Elem())
	case *types.Slice:
		s.words("[]")
		s.typ(p, t.Elem())
	case *types.Array:
		s.words("[", fmt.Sprint(t.Len()))
		s.typ(p, t.Elem())
	case *types.Map:
		s.words("map")
		s.typ(p, t.Key())
		s.typ(p, t.Elem())
	case *types.Chan:
		s.words("chan", fmt.Sprint(int(t.Dir())))
		s.typ(p, t.Elem())
	case *types.Struct:
		s.words("struct", fmt.Sprint(t.NumFields()))
		for i := range t.NumFields() {
			f := t.Field(i)
			s.words(f.Name(), fmt.Sprint(f.Embedded()), t.Tag(i))
			s.typ(p, f.Type())
		}
	case *types.Tuple:
		s.words("(", fmt.Sprint(t.Len()))
		for v := range t.Variables() {
			s.typ(p, v.Type())
		}
	case *types.Signature:
		s.words("func", fmt.Sprint(t.Variadic()))
		s.typ(p, t.Params())
		s.typ(p, t.Results())
	case *types.Interface:
		s.words("interface", fmt.Sprint(t.NumMethods(), t.IsComparable()))
		for f := range t.Methods() { // sorted by name
			s.words(f.Name())
			s.typ(p, f.Type())
		}
		if t.IsMethodSet() {
			break
		}
		for e := range t.EmbeddedTypes() {
			s.typ(p, e)
		}
	case *types.Union:
		s.words("union", fmt.Sprint(t.Len()))
		for term := range t.Terms() {
			s.words(fmt.Sprint(term.Tilde()))
			s.typ(p, term.Type())
		}
	default:
		s.words(fmt.Sprintf("%T", t))
	}
}
