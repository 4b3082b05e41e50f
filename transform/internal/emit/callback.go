package emit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// callArgs are the arguments of an awaited call.
func (b *body) callArgs(a *load.Await) (args []ast.Expr) {
	c := b.cloner()
	for i, e := range a.Args.Args {
		args = append(args, b.callArg(c, a, i, e))
	}
	return args
}

// callArg is argument i of a call. Where the callee awaits it, it becomes a function that makes a
// future:
//
//	retry(p, func() (T, error) {…})   =>   retryRun(cx, nil, p, fBlock1Of(x))
//	retry(p, fetch)                   =>   retryRun(cx, nil, p, fetchAsync)
//	retry(p, op)                      =>   retryRun(cx, nil, p, op)       op awaits here, too
//	retry(p, nil)                     =>   retryRun(cx, nil, p, nil)
//	retry(p, table[k])                =>   a function that calls table[k] as it is
func (b *body) callArg(c *cloner, a *load.Await, i int, e ast.Expr) ast.Expr {
	if a == nil || a.Call != a.Args || !slices.Contains(a.Callbacks, i) {
		return c.exprOf(e)
	}
	switch x := ast.Unparen(e).(type) {
	case *ast.FuncLit:
		if child := b.m.Inner[x]; child != nil {
			return &ast.CallExpr{Fun: ast.NewIdent(makerName(child.Names) + b.typeArgs()), Args: b.captured(child)}
		}
	case *ast.Ident:
		if b.pkg.Callback(b.pkg.Info.Uses[x]) || b.pkg.Info.Types[x].IsNil() {
			return c.exprOf(e)
		}
	}
	if f := b.pkg.AsyncValue(e); f != nil {
		return b.callee(c, ast.Unparen(e), f.Name())
	}
	return &ast.CallExpr{Fun: ast.NewIdent(b.adapter(b.pkg.Info.TypeOf(e))), Args: []ast.Expr{c.exprOf(e)}}
}

// adapter is the text of a function that makes an awaited callback of an ordinary function:
//
//	func(f func(int) (T, error)) func(int) rt.Future[T] {
//		if f == nil {
//			return nil
//		}
//		return func(a1 int) rt.Future[T] { return rt.Settled(f(a1)) }
//	}
func (b *body) adapter(t types.Type) string {
	sig, f := t.Underlying().(*types.Signature), b.apart("f")
	values, hasErr := load.Results(sig)
	elem := b.resultType(values)
	var params, args []string
	for i := range sig.Params().Len() {
		param, arg := b.param(sig, i, b.apart(fmt.Sprintf("a%d", i+1)), sig.Params().At(i).Type())
		params, args = append(params, param), append(args, arg)
	}
	call := f + "(" + strings.Join(args, ", ") + ")"
	body := ""
	switch {
	case len(values) == 0 && hasErr:
		body = fmt.Sprintf("return %s(%s{}, %s)", rtName("Settled"), rtName("Unit"), call)
	case len(values) == 0:
		body = fmt.Sprintf("%s\nreturn %s(%s{})", call, rtName("Ready"), rtName("Unit"))
	case len(values) == 1 && hasErr:
		body = fmt.Sprintf("return %s(%s)", rtName("Settled"), call)
	case len(values) == 1:
		body = fmt.Sprintf("return %s(%s)", rtName("Ready"), call)
	default:
		body = b.pairAdapter(len(values), hasErr, elem, call)
	}
	made := fmt.Sprintf("func(%s) %s[%s]", strings.Join(params, ", "), rtName("Future"), elem)
	return fmt.Sprintf("func(%[1]s %[2]s) %[3]s {\nif %[1]s == nil {\nreturn nil\n}\nreturn %[3]s {\n%[4]s\n}\n}", f, b.typeText(t), made, body)
}

// apart is base, with a number where it would hide something that types are written with: a type, a package,
// or a type parameter.
func (b *body) apart(base string) string {
	return arrange.Unique(nil, base, func(s string) bool {
		if _, ok := b.pkg.Types.Scope().Lookup(s).(*types.TypeName); ok {
			return true
		}
		for _, imp := range b.given {
			if imp.Name == s {
				return true
			}
		}
		return slices.ContainsFunc(b.m.TParams, func(tp *types.TypeParam) bool { return tp.Obj().Name() == s })
	})
}

// pairAdapter is the body of an adapter for a function of several values.
func (b *body) pairAdapter(n int, hasErr bool, elem, call string) string {
	var names, fields []string
	for i := range n {
		name := b.apart(fmt.Sprintf("v%d", i+1))
		names, fields = append(names, name), append(fields, fmt.Sprintf("%c: %s", 'A'+i, name))
	}
	err := "nil"
	if hasErr {
		err = b.apart("err")
		names = append(names, err)
	}
	return fmt.Sprintf("%s := %s\nreturn %s(%s{%s}, %s)", strings.Join(names, ", "), call, rtName("Settled"), elem, strings.Join(fields, ", "), err)
}

// makerName is the function that makes the callback of a block.
func makerName(n load.Names) string { return strings.TrimSuffix(n.Async, "Async") + "Of" }

// maker prints the function that makes the callback of a block. Captured variables are bound where the
// literal stands:
//
//	func fBlock1Of(n int) func(k string) rt.Future[T] {
//		return func(k string) rt.Future[T] { return fBlock1Async(n, k) }
//	}
func (g *machine) maker() {
	var captures, params, args []string
	for _, v := range g.m.Captures {
		if v == g.m.Panic {
			continue
		}
		captures = append(captures, g.n.Vars[v]+" "+g.ownType(v))
		args = append(args, g.n.Vars[v])
	}
	for i, v := range g.m.Params {
		param, arg := g.param(g.m.Sig, i, g.n.Vars[v], v.Type)
		params, args = append(params, param), append(args, arg)
	}
	name := makerName(g.m.Names)
	made := fmt.Sprintf("func(%s) %s", strings.Join(params, ", "), g.futureType())
	g.decl(fmt.Sprintf("func %s%s(%s) %s {\nreturn %s { return %s%s(%s) }\n}", name, g.typeParams(), strings.Join(captures, ", "), made,
		made, g.m.Names.Async, g.typeArgs(), strings.Join(args, ", ")),
		name+" adapts "+g.label()+" to a callback that returns a future.")
}
