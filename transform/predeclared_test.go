package transform

import (
	"errors"
	"go/scanner"
	"go/token"
	"go/types"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// fragments are functions that make generated code use predeclared names where the source does not.
var fragments = []string{
	`func a1() { rt.Yield(); rt.Yield() }`,
	`type s1 struct{}; func a2() s1 { rt.Yield(); return s1{} }`,
	`func a3(f func() float32) float32 { rt.Yield(); defer f(); rt.Yield(); return f() }`,
	`func a4() bool { rt.Yield(); rt.Yield(); return 1 == 2 }`,
	`func a5() string { rt.Yield(); rt.Yield(); return "" }`,
	`func a6() error { rt.Yield(); rt.Yield(); return rt.ErrTimeout }`,
	`func a7(m map[s2]s2, f func(s2)) { for k := range m { rt.Yield(); f(k) } }; type s2 struct{}`,
	`func a8(l []s3, f func(s3)) { for _, v := range l { rt.Yield(); f(v) } }; type s3 struct{}`,
	`func a9(f func(rune)) { for _, r := range "abc" { rt.Yield(); f(r) } }`,
	`func b1(f func(int)) { for i := range 3 { rt.Yield(); f(i); rt.Yield() } }`,
	`func b2(f func(func())) { for i := 0; i < 3; i++ { rt.Yield(); f(func() { i++ }) } }`,
	`func b3(f func()) { defer func() { rt.Yield(); f() }(); rt.Yield() }`,
	`func b4(f func()) { for { rt.Yield(); defer f() } }`,
	`func b5(c chan s4) { select { case c <- s4{}: rt.Yield(); case v := <-c: rt.Yield(); _ = v } }; type s4 struct{}`,
	`func b6(c chan s5) { for v := range c { rt.Yield(); _ = v } }; type s5 struct{}`,
	`func b7(x interface{}) { switch x.(type) { case s6: rt.Yield() }; rt.Yield() }; type s6 struct{}`,
	`func b8() (x, y s7) { defer func() { x = y }(); rt.Yield(); x, y = rt.Must(rt.Await(b8Async())).Get(); return }; type s7 struct{}`,
	`func b9[T interface{}](x T) T { rt.Yield(); return x }`,
	`func c1() { go func() { rt.Yield() }(); rt.Await(rt.AsyncFunc(func() error { rt.Yield(); return c2() })) }; func c2() error { return rt.ErrTimeout }`,
	`func c3(seq func(func(s8) bool)) { for v := range seq { rt.Yield(); _ = v } }; type s8 struct{}`,
	`func c4(f func() s9) { x := f(); p := &x; rt.Yield(); *p = f() }; type s9 struct{}`,
	`func c5(x complex128, y uint16, z byte) (complex128, uint16, byte) { rt.Yield(); defer rt.Yield(); return x, y, z }`,
	`func c6() { defer func() { _ = recover(); rt.Yield() }(); rt.Yield(); panic("x") }`,
}

// TestPredeclared declares each predeclared name at package level, with another meaning: what is
// generated does not depend on it, or asyncgen says that it does.
func TestPredeclared(t *testing.T) {
	for _, name := range types.Universe.Names() {
		t.Run(name, func(t *testing.T) {
			src := "package p\nimport \"" + load.RuntimePath + "\"\ntype " + name + " struct{ other chan struct{} }\n"
			for _, f := range fragments {
				if !mentions(f, name) {
					src += "\n" + f
				}
			}
			src = string(markLines([]byte(src)))
			p, err := loader.Source(module+"p", map[string][]byte{"p.go": []byte(src)})
			if p == nil {
				t.Fatal(err)
			}
			_, err = compile(Config{Verify: true}, []*load.Package{p}, nil)
			var problems Problems
			if errors.As(err, &problems) {
				for _, d := range problems {
					if d.ID != diag.Collision {
						t.Error(d)
					}
				}
			}
		})
	}
}

// mentions reports whether an identifier is in a text.
func mentions(src, name string) bool {
	fset := token.NewFileSet()
	var s scanner.Scanner
	s.Init(fset.AddFile("", -1, len(src)), []byte(src), nil, 0)
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			return false
		}
		if tok == token.IDENT && lit == name {
			return true
		}
	}
}
