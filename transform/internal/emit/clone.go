package emit

import (
	"go/ast"
	"reflect"
	"slices"
	"sync"
)

// A cloner copies syntax, and replaces parts of it on the way. The source tree stays as it is: several machines
// print from it. What has no part that is replaced is not copied but used again.
type cloner struct {
	deep bool // all is copied, without comments: the nodes of these belong to the source
	// expr replaces an expression; ok is false to copy it as it is.
	expr func(e ast.Expr) (r ast.Expr, ok bool)
	// stmt replaces a statement by any number of others.
	stmt func(s ast.Stmt) (r []ast.Stmt, ok bool)
}

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

// exprs copies a list, which is another one in any case.
func (c *cloner) exprs(list []ast.Expr) []ast.Expr {
	out := make([]ast.Expr, 0, len(list)+1)
	for _, e := range list {
		out = append(out, c.exprOf(e))
	}
	return out
}

// stmts copies a list, with replacements spliced in.
func (c *cloner) stmts(list []ast.Stmt) []ast.Stmt {
	out := make([]ast.Stmt, 0, len(list))
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

// copy is n with copies of its children, and n itself where they stay what they are.
func (c *cloner) copy(n ast.Node) ast.Node {
	src := reflect.ValueOf(n).Elem()
	var dst reflect.Value
	for _, i := range childFields(src.Type()) {
		r := c.child(src.Field(i))
		if r.IsValid() {
			if !dst.IsValid() {
				dst = reflect.New(src.Type())
				dst.Elem().Set(src)
			}
			dst.Elem().Field(i).Set(r)
		}
	}
	if c.deep {
		if !dst.IsValid() {
			dst = reflect.New(src.Type())
			dst.Elem().Set(src)
		}
		uncommented(dst.Elem())
	}
	if !dst.IsValid() {
		return n
	}
	return dst.Interface().(ast.Node)
}

// uncommented takes the comments off a node.
func uncommented(n reflect.Value) {
	for i := range n.NumField() {
		if f := n.Field(i); f.Type() == commentGroup {
			f.SetZero()
		}
	}
}

var commentGroup = reflect.TypeFor[*ast.CommentGroup]()

var nodeFields sync.Map // of reflect.Type, []int

// childFields are the fields of a kind of node that hold nodes, comments apart.
func childFields(t reflect.Type) []int {
	if known, ok := nodeFields.Load(t); ok {
		return known.([]int)
	}
	node := reflect.TypeFor[ast.Node]()
	fields := []int{}
	for i := range t.NumField() {
		f := t.Field(i).Type
		if f != commentGroup && f.Implements(node) || f.Kind() == reflect.Slice && f.Elem().Implements(node) {
			fields = append(fields, i)
		}
	}
	nodeFields.Store(t, fields)
	return fields
}

// child is what a child, or a list of children, becomes. It is not valid where that stays what it is.
func (c *cloner) child(f reflect.Value) (changed reflect.Value) {
	if f.IsNil() {
		return changed
	}
	switch old := f.Addr().Interface().(type) {
	case *ast.Expr:
		if r := c.exprOf(*old); r != *old {
			return reflect.ValueOf(r)
		}
	case *ast.Stmt:
		if r := c.one(*old); r != *old {
			return reflect.ValueOf(r)
		}
	case *[]ast.Expr:
		if r := c.exprs(*old); !slices.Equal(r, *old) {
			return reflect.ValueOf(r)
		}
	case *[]ast.Stmt:
		if r := c.stmts(*old); !slices.Equal(r, *old) {
			return reflect.ValueOf(r)
		}
	default:
		if f.Kind() == reflect.Slice {
			return c.slice(f)
		}
		return c.node(f)
	}
	return changed
}

// node is child for a node of a concrete type, which an expression hook may change only to its own type, or for
// a declaration.
func (c *cloner) node(f reflect.Value) (changed reflect.Value) {
	old := f.Interface().(ast.Node)
	r := ast.Node(nil)
	if e, ok := old.(ast.Expr); ok {
		r = c.exprOf(e)
	}
	if r == nil || reflect.TypeOf(r) != reflect.TypeOf(old) {
		r = c.copy(old)
	}
	if r == old {
		return changed
	}
	return reflect.ValueOf(r)
}

func (c *cloner) slice(f reflect.Value) (changed reflect.Value) {
	for i := range f.Len() {
		r := c.child(f.Index(i))
		if !r.IsValid() {
			continue
		}
		if !changed.IsValid() {
			changed = reflect.MakeSlice(f.Type(), f.Len(), f.Len())
			reflect.Copy(changed, f)
		}
		changed.Index(i).Set(r)
	}
	return changed
}
