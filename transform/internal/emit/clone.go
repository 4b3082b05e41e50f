package emit

import (
	"go/ast"
	"reflect"
)

// A cloner copies syntax, and replaces parts of it on the way. The source tree stays as it is:
// several machines print from it.
type cloner struct {
	// expr replaces an expression; ok is false to copy it as it is.
	expr func(e ast.Expr) (r ast.Expr, ok bool)
	// stmt replaces a statement by any number of others.
	stmt func(s ast.Stmt) (r []ast.Stmt, ok bool)
}

var (
	exprType = reflect.TypeFor[ast.Expr]()
	stmtType = reflect.TypeFor[ast.Stmt]()
	nodeType = reflect.TypeFor[ast.Node]()
)

func (c *cloner) exprOf(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	if c.expr != nil {
		if r, ok := c.expr(e); ok {
			return r
		}
	}
	return c.copy(e).(ast.Expr)
}

func (c *cloner) exprs(list []ast.Expr) (out []ast.Expr) {
	for _, e := range list {
		out = append(out, c.exprOf(e))
	}
	return out
}

// stmts copies a list, with replacements spliced in.
func (c *cloner) stmts(list []ast.Stmt) (out []ast.Stmt) {
	for _, s := range list {
		out = append(out, c.stmtOf(s)...)
	}
	return out
}

func (c *cloner) stmtOf(s ast.Stmt) []ast.Stmt {
	if c.stmt != nil {
		if r, ok := c.stmt(s); ok {
			return r
		}
	}
	return []ast.Stmt{c.copy(s).(ast.Stmt)}
}

// one is stmtOf where the grammar has room for one statement only.
func (c *cloner) one(s ast.Stmt) ast.Stmt {
	list := c.stmtOf(s)
	if len(list) == 1 {
		return list[0]
	}
	return &ast.BlockStmt{List: list}
}

// copy is a new node with copies of the children of n.
func (c *cloner) copy(n ast.Node) ast.Node {
	src := reflect.ValueOf(n).Elem()
	dst := reflect.New(src.Type())
	dst.Elem().Set(src)
	for i := range src.NumField() {
		if f := dst.Elem().Field(i); f.CanSet() {
			c.field(f)
		}
	}
	return dst.Interface().(ast.Node)
}

// field replaces a child, or a list of children, by copies.
func (c *cloner) field(f reflect.Value) {
	switch v := f.Interface().(type) {
	case *ast.CommentGroup:
		return
	case []ast.Stmt:
		if v != nil {
			f.Set(reflect.ValueOf(c.stmts(v)))
		}
		return
	}
	t := f.Type()
	switch {
	case t == exprType && !f.IsNil():
		f.Set(reflect.ValueOf(c.exprOf(f.Interface().(ast.Expr))))
	case t == stmtType && !f.IsNil():
		f.Set(reflect.ValueOf(c.one(f.Interface().(ast.Stmt))))
	case t.Kind() == reflect.Slice:
		c.slice(f)
	case t.Kind() == reflect.Pointer && !f.IsNil() && t.Implements(nodeType):
		c.pointer(f)
	case t.Kind() == reflect.Interface && t.Implements(nodeType) && !f.IsNil():
		f.Set(reflect.ValueOf(c.copy(f.Interface().(ast.Node))))
	}
}

// pointer replaces a child of a concrete type: an expression hook may change it only to its own type.
func (c *cloner) pointer(f reflect.Value) {
	n := f.Interface().(ast.Node)
	if e, ok := n.(ast.Expr); ok {
		if r := reflect.ValueOf(c.exprOf(e)); r.Type() == f.Type() {
			f.Set(r)
			return
		}
	}
	f.Set(reflect.ValueOf(c.copy(n)))
}

func (c *cloner) slice(f reflect.Value) {
	if f.IsNil() || !f.Type().Elem().Implements(nodeType) {
		return
	}
	out := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
	reflect.Copy(out, f)
	for i := range out.Len() {
		c.field(out.Index(i))
	}
	f.Set(out)
}
