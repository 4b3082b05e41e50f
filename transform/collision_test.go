package transform

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// TestPromoted has types that get generated methods. Where one of these changes what a selector means, or the
// method set of a type, that is said at the marked method, and nothing else is.
func TestPromoted(t *testing.T) {
	const get = "type T struct{ n int }\n//async:func\nfunc (t T) get() int { rt.Yield(); return 1 }\n"
	for _, test := range []struct{ name, src, want string }{
		{"ambiguous field", get + "type B struct{ getRun int }\ntype U struct { T; B }\nfunc use(u U) int { return u.getRun }",
			"p.go:6:12: getRun, which asyncgen makes for get, is ambiguous in U with what p.go:7:16 declares; rename one of them [AG0008]"},
		{"not used", get + "type B struct{ getAsync int }\ntype U struct { *T; *B }",
			"getAsync, which asyncgen makes for get, is ambiguous in U with what p.go:7:16 declares; rename it, or choose"},
		{"ambiguous method", get + "type B struct{}\nfunc (*B) getRun() {}\ntype U struct { T; B }\nfunc use(u U) { u.getRun() }", "is ambiguous in U"},
		{"interface", get + "type I interface{ getRun() }\ntype U struct { T; I }\nfunc use(u U) I { return u }", "is ambiguous in U"},
		{"no longer satisfied", get + "type B struct{}\nfunc (B) getRun() {}\ntype U struct { T; B }\nvar _ interface{ getRun() } = U{}", "is ambiguous in U"},
		{"deeper", get + "type B struct{ getRun int }\ntype C struct { B }\ntype U struct { T; C }\nfunc use(u U) int { return u.getRun }", "hides in U"},
		{"higher", get + "type B struct{ getRun int }\ntype C struct { T }\ntype U struct { B; C }\nfunc use(u U) int { return u.getRun }", ""},
		{"own", "type B struct{ getRun int }\ntype T struct{ B }\n//async:func\nfunc (t T) get() int { rt.Yield(); return t.getRun }", "hides in T"},
		{"struct without a name", get + "type B struct{ getRun int }\nvar u struct { T; B }", "is ambiguous in a struct at p.go:8:7"},
		{"local type", get + "type B struct{ getRun int }\nfunc f() { type U struct { T; B }; var u U; _ = u.getRun }", "is ambiguous in U"},
		{"another type of the struct", get + "type B struct{ getRun int }\ntype U struct { T; B }\nfunc (U) getRun() {}\ntype V U", "is ambiguous in V"},
		{"hidden by the type itself", get + "type B struct{ getRun int }\ntype U struct { T; B }\nfunc (U) getRun() {}", ""},
		{"generic", "type G[A any] struct{ a A }\n//async:func\nfunc (g G[_]) get() int { rt.Yield(); return 1 }\ntype B[A any] struct{ getRun A }\ntype U[A any] struct { G[A]; B[A] }\nfunc use(u U[int]) int { return u.getRun }", "is ambiguous in U"},
		{"through an alias", "type T struct{}\ntype A = T\n//async:func\nfunc (A) get() { rt.Yield() }\ntype B struct{ getRun int }\ntype U struct { A; B }", "is ambiguous in U"},
		{"a form of another function", get + "type B struct{ n int }\n//async:func\nfunc (t B) get() int { rt.Yield(); return 1 }\ntype U struct { T; B }", ""},
		{"overridden", get + "type U struct { T }\n//async:func\nfunc (u U) get() int { rt.Yield(); return u.T.get() }", ""},
		{"by hand", "type H struct{}\nfunc (H) get() int { return 0 }\nfunc (H) getAsync() rt.Future[int] { return nil }\n" + get + "type U struct { T; H }", ""},
		{"ambiguous before", get + "type B struct{ getRun int }\ntype C struct{ getRun int }\ntype U struct { T; B; C }", ""},
		{"an option", "type T struct{}\n//async:func name=later\nfunc (T) get() { rt.Yield() }\ntype B struct{ later int }\ntype U struct { T; B }", "later, which asyncgen makes for get, is ambiguous in U"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := loader.Source("example.com/p", map[string][]byte{"p.go": []byte("package p\nimport \"" + load.RuntimePath + "\"\nvar _ = rt.Yield\n" + test.src)})
			if p == nil {
				t.Fatal(err)
			}
			_, err = compile(Config{}, []*load.Package{p}, nil)
			var problems Problems
			errors.As(err, &problems)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (len(problems) == 0 || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %s", err, test.want)
			case slices.ContainsFunc(problems, func(d Problem) bool { return d.ID != diag.Collision }):
				t.Errorf("there is more: %v", err)
			}
		})
	}
}
