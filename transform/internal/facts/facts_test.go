package facts

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"
)

// load type-checks functions, and gives the last of them.
func load(t *testing.T, src string) (*types.Info, *token.FileSet, *ast.FuncDecl) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", "package p\n"+src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	if _, err := new(types.Config).Check("p", fset, []*ast.File{f}, info); err != nil {
		t.Fatal(err)
	}
	return info, fset, f.Decls[len(f.Decls)-1].(*ast.FuncDecl)
}

// TestJumps gives the line of each branch, and that of the statement that it is about.
func TestJumps(t *testing.T) {
	_, fset, fn := load(t, `func f(n int, c chan int) {
L:
	for {
		switch n {
		case 1:
			break
		case 2:
			continue
		case 3:
			break L
		case 4:
			fallthrough
		default:
			select {
			case <-c:
				continue L
			}
		}
		for range n {
			continue
		}
		func() {
			for {
				break
			}
		}()
		goto M
	}
M:
	if n > 0 {
		goto M
	}
}`)
	line := func(n ast.Node) int { return fset.Position(n.Pos()).Line - 1 }
	show := func(list []Jump) (out []string) {
		for _, j := range list {
			to := "out"
			if j.To != nil {
				to = fmt.Sprint(line(j.To))
			}
			out = append(out, fmt.Sprintf("%d %s %s", line(j.Branch), j.Branch.Tok, to))
		}
		return out
	}
	want := []string{"6 break 4", "8 continue 3", "10 break 3", "16 continue 3", "20 continue 19", "27 goto 29", "31 goto 29"}
	if got := show(Jumps(fn.Body, "")); !slices.Equal(got, want) {
		t.Errorf("of the body: %q", got)
	}
	loop := fn.Body.List[0].(*ast.LabeledStmt).Stmt
	want = []string{"6 break 4", "8 continue 3", "10 break 3", "16 continue 3", "20 continue 19", "27 goto out"}
	if got := show(Jumps(loop, "L")); !slices.Equal(got, want) {
		t.Errorf("of the loop: %q", got)
	}
	want = []string{"6 break 4", "8 continue out", "10 break out", "16 continue out"}
	if got := show(Jumps(loop.(*ast.ForStmt).Body.List[0], "")); !slices.Equal(got, want) {
		t.Errorf("of the switch: %q", got)
	}
}

// TestVars says of each variable how it is used.
func TestVars(t *testing.T) {
	info, _, fn := load(t, `type T struct{ a [2]int; p *int; In }
type In struct{ n int }
func (*T) set() {}
func (*In) put() {}
func (T) get() {}
func f(param int) (result T, _ error) {
	var whole, part, elem, method, promoted, value, sliced, addressed T
	ptr, far := &T{}, &T{}
	whole = T{}
	_ = whole
	part.n++
	elem.a[1] = 2
	method.set()
	promoted.put()
	value.get()
	_ = sliced.a[:]
	_ = &addressed.n
	ptr.set()
	*far.p = 1
	read, set := 1, 1
	_ = func() int {
		own := read
		set++
		return func() int { return own + read }()
	}
	for i, v := range []int{} { _, _ = i, v }
	switch clause := any(param).(type) {
	case int:
		clause++
	}
	return
}`)
	v := VarsOf(info, fn)
	var got []string
	for x := range v.Home {
		s := fmt.Sprint(x.Name(), " ", v.Assigned(x))
		for what, is := range map[string]bool{"written": len(v.Written[x]) > 0, "pointed": v.Pointed[x], "captured": v.Captured(x), "private": v.Private(x)} {
			if is {
				s += " " + what
			}
		}
		words := strings.Fields(s)
		slices.Sort(words[2:])
		got = append(got, strings.Join(words, " "))
	}
	slices.Sort(got)
	want := []string{
		"_ 2 private", "addressed 1 pointed", "clause 2 private written", "elem 2 private written", "far 1 private", "i 1 private",
		"method 1 pointed", "own 1 captured private", "param 1 private", "part 2 private written", "promoted 1 pointed",
		"ptr 1 private", "read 1 captured private", "result 2 private", "set 2 captured written", "sliced 1 pointed", "v 1 private",
		"value 1 private", "whole 2 private written",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	var free []string
	for _, vars := range v.Free {
		var names []string
		for x := range maps.Keys(vars) {
			names = append(names, x.Name())
		}
		slices.Sort(names)
		free = append(free, strings.Join(names, " "))
	}
	slices.Sort(free)
	if want := []string{"own read", "read set"}; !slices.Equal(free, want) {
		t.Errorf("literals name %q, not %q", free, want)
	}
}

// TestEnds says of each statement of a function whether control goes past it.
func TestEnds(t *testing.T) {
	for src, want := range map[string]bool{
		"return":                                true,
		"panic(1)":                              true,
		"(panic)(1)":                            true,
		"print(1)":                              false,
		"{ return; ; }":                         true,
		"if n > 0 { return }":                   false,
		"if n > 0 { return } else { panic(1) }": true,
		"for {}":                                true,
		"for n > 0 {}":                          false,
		"for { break }":                         false,
		"for { for { break } }":                 true,
		"L: for { for { break L } }":            false,
		"for range n { return }":                false,
		"switch { case true: return }":          false,
		"switch { case true: return; default: return }":                     true,
		"switch { case true: fallthrough; default: return }":                true,
		"switch { case true: if n > 0 { break }; return; default: return }": false,
		"switch any(n).(type) { default: return }":                          true,
		"select { case <-c: return }":                                       true,
		"select { case <-c: }":                                              false,
	} {
		info, _, fn := load(t, "func f(n int, c chan int) { "+src+" }")
		if got := Ends(info, fn.Body.List[0]); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}

// TestFuncFirst says of calls whether the function is evaluated before the arguments.
func TestFuncFirst(t *testing.T) {
	for src, want := range map[string]bool{
		"tab[0](1)": false, "tab[i()](1)": true, "g()(1)": true, "g()": false, "t.M(1)": false, "get().M(1)": false, "get().F(1)": true,
		"tab[len(tab)](1)": true, "tab[int(one)](1)": false,
	} {
		info, _, fn := load(t, `var tab []func(int)
type T struct{ F func(int) }
func (T) M(int) {}
const one = 1
func i() int { return 0 }
func g() func(int) { return nil }
func get() T { return T{} }
func f(t T) { `+src+` }`)
		call := fn.Body.List[0].(*ast.ExprStmt).X.(*ast.CallExpr)
		if got := FuncFirst(info, call.Fun); got != want {
			t.Errorf("%s: %v", src, got)
		}
	}
}
