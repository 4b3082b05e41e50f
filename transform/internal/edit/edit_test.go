package edit_test

import (
	"errors"
	"go/ast"
	"go/types"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// open loads a package with the functions f and g.
func open(t *testing.T) (e *edit.Editor, f, g *load.Func) {
	t.Helper()
	p, err := loader.Source("example.com/p", map[string][]byte{"p.go": []byte(`package p

//async:func
func f(key int) int {
	local := key
	return local
}

//async:func
func g() {}
`)})
	if err != nil {
		t.Fatal(err)
	}
	return edit.New(p), p.Funcs[0], p.Funcs[1]
}

// call puts a call of a function before the body of fn.
func call(fn *load.Func, name string, args ...ast.Expr) {
	s := &ast.ExprStmt{X: &ast.CallExpr{Fun: ast.NewIdent(name), Args: args}}
	fn.Decl.Body.List = append([]ast.Stmt{s}, fn.Decl.Body.List...)
}

// TestRecheck edits a function: it has a new object, the others keep theirs, and what is wrong with it is said.
func TestRecheck(t *testing.T) {
	e, f, g := open(t)
	oldF, oldG, survey := f.Obj, g.Obj, e.Survey(f)
	e.Edit(f)
	call(f, "print", ast.NewIdent("key"))
	if err := e.Recheck(); err != nil {
		t.Fatal(err)
	}
	if f.Obj == oldF || f.Obj.Name() != "f" || g.Obj != oldG {
		t.Errorf("the objects are %v and %v", f.Obj, g.Obj)
	}
	if e.Survey(f) == survey {
		t.Error("the survey of the edited function is the old one")
	}
	e.Edit(f)
	call(f, "nowhere")
	err := e.Recheck()
	var list diag.List
	if !errors.As(err, &list) || !strings.Contains(err.Error(), "undefined: nowhere") {
		t.Errorf("Recheck of a broken body says %v", err)
	}
}

// TestUnchanged says that a function is edited, and leaves it as it is: it is not checked again.
func TestUnchanged(t *testing.T) {
	e, f, _ := open(t)
	old := f.Obj
	e.Edit(f)
	if err := e.Recheck(); err != nil || f.Obj != old {
		t.Errorf("%v; the object is new: %v", err, f.Obj != old)
	}
}

// TestStrict edits a function without a word.
func TestStrict(t *testing.T) {
	e, f, _ := open(t)
	e.Strict()
	if err := e.Recheck(); err != nil {
		t.Error(err)
	}
	call(f, "print")
	if err := e.Recheck(); err == nil || !strings.Contains(err.Error(), "f is edited, and nobody has said so") {
		t.Errorf("Recheck says %v", err)
	}
}

// TestRename renames a local variable, for which nothing is checked again, and a parameter, for which it is.
func TestRename(t *testing.T) {
	e, f, _ := open(t)
	e.Strict()
	find := func(name string) types.Object {
		for _, id := range e.Survey(f).Idents {
			if obj := e.Info.Defs[id]; obj != nil && id.Name == name {
				return obj
			}
		}
		t.Fatalf("f declares no %s", name)
		return nil
	}
	old := f.Obj
	e.Rename(f, map[types.Object]string{find("local"): "other"})
	if err := e.Recheck(); err != nil || f.Obj != old || find("other").Name() != "other" {
		t.Errorf("of a variable: %v; the object is new: %v", err, f.Obj != old)
	}
	e.Rename(f, map[types.Object]string{find("key"): "index"})
	if err := e.Recheck(); err != nil || f.Obj.Signature().Params().At(0).Name() != "index" {
		t.Errorf("of a parameter: %v; f is %v", err, f.Obj)
	}
}
