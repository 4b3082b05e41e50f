package transform

import (
	"errors"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// changedFuncs is the source that the tests of this file change.
const changedFuncs = `package p

import (
	"strings"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

type number interface{ ~int | ~float64 }

type client struct{ n int }

type list[T any] struct{ all []T }

var _ = strings.ToUpper

//async:func
func plain(s string, n int) (int, error) { rt.Sleep(1); return n, nil }

//async:func
func nothing() { rt.Sleep(1) }

//async:func
func many(prefix string, rest ...int) { rt.Sleep(1) }

//async:func
func (c *client) get(key string) string { rt.Sleep(1); return key }

//async:func
func (c client) size() int { rt.Sleep(1); return c.n }

//async:func
func sum[T number](all []T) (s T) { rt.Sleep(1); return s }

//async:func
func (l *list[T]) push(v T) { rt.Sleep(1); l.all = append(l.all, v) }

//async:func await=op
func retry(op func() error) error { rt.Sleep(1); return op() }

//async:stream
func count(n int, yield func(int) bool) { for range n { yield(n) } }

//async:func
func late(d time.Duration) { for i := 0; i < 3; i++ { rt.Sleep(d) } }

//async:func
func long[K comparable, V any](first map[K]V, second map[K][]V, third func(K, V) (K, V, error)) map[K]map[K]V { rt.Sleep(1); return nil }
`

// signatureChanges are changes of changedFuncs after which the generated file of before must not compile.
var signatureChanges = map[string][2]string{
	"parameter type":                   {"func plain(s string,", "func plain(s []byte,"},
	"parameter added":                  {"func nothing()", "func nothing(n int)"},
	"parameter removed":                {"func plain(s string, n int)", "func plain(n int)"},
	"parameters swapped":               {"func plain(s string, n int)", "func plain(n int, s string)"},
	"result type":                      {"(key string) string { rt.Sleep(1); return key", "(key string) []byte { rt.Sleep(1); return nil"},
	"result added":                     {"func nothing() { rt.Sleep(1)", "func nothing() error { return nil"},
	"result removed":                   {"(int, error) { rt.Sleep(1); return n, nil", "int { rt.Sleep(1); return n"},
	"variadic":                         {"rest ...int", "rest []int"},
	"no longer generic":                {"func sum[T number](all []T) (s T)", "func sum(all []int) (s int)"},
	"now generic":                      {"func nothing()", "func nothing[T any]()"},
	"type parameter added":             {"func sum[T number](", "func sum[T number, U any]("},
	"constraint is stricter":           {"func sum[T number](", "func sum[T ~int]("},
	"generic, parameter":               {"(all []T) (s T)", "(all [3]T) (s T)"},
	"generic, result":                  {"(all []T) (s T) { rt.Sleep(1); return s", "(all []T) (s []T) { rt.Sleep(1); return s"},
	"generic of several lines":         {"func(K, V) (K, V, error)", "func(K, V) (K, V)"},
	"method of a generic type":         {"push(v T) { rt.Sleep(1); l.all = append(l.all, v)", "push(v []T) { rt.Sleep(1); l.all = append(l.all, v...)"},
	"method, parameter":                {"get(key string)", "get(key, more string)"},
	"receiver, value to pointer":       {"(c client) size()", "(c *client) size()"},
	"receiver, another type":           {"(c client) size() int { rt.Sleep(1); return c.n", "(c number2) size() int { rt.Sleep(1); return int(c)"},
	"method to function":               {"func (c *client) get(", "func get("},
	"callback":                         {"retry(op func() error) error { rt.Sleep(1); return op()", "retry(op func(int) error) error { rt.Sleep(1); return op(1)"},
	"stream":                           {"count(n int, yield func(int) bool) { for range n { yield(n) } }", "count(n int, yield func(string) bool) { for range n { yield(\"\") } }"},
	"removed":                          {"//async:func\nfunc nothing() { rt.Sleep(1) }\n", ""},
	"renamed":                          {"func nothing()", "func nothing2()"},
	"renamed, a method":                {"func (c *client) get(", "func (c *client) fetch("},
	"renamed, generic":                 {"func sum[", "func total["},
	"named type in place of its own":   {"n int) (int, error) { rt.Sleep(1); return n, nil", "n time.Duration) (int, error) { rt.Sleep(1); return int(n), nil"},
	"channel direction":                {"func nothing() {", "func nothing(chan int) {"},
	"a type that is gone from a scope": {"late(d time.Duration)", "late(d int64)"},
}

// TestSignatureChange makes each kind of change of a signature: what was generated before does not compile,
// and the first error in it is at a line that says what to do.
func TestSignatureChange(t *testing.T) {
	old := generatedBefore(t)
	for name, change := range signatureChanges {
		t.Run(name, func(t *testing.T) {
			src := strings.Replace(changedFuncs, change[0], change[1], 1)
			if src == changedFuncs {
				t.Fatal("it changes nothing")
			}
			src = strings.ReplaceAll(src, "rt.Sleep(d)", "rt.Sleep(time.Duration(d))") + "\ntype number2 int\n"
			p, err := loader.Source("example.com/p", map[string][]byte{"p.go": []byte(src)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.CheckOutput(map[string][]byte{old.Name: old.Content})
			var errs diag.List
			if !errors.As(err, &errs) || len(errs) == 0 {
				t.Fatalf("it compiles: %v", err)
			}
			for _, e := range errs {
				if e.Pos.Filename == old.Name {
					if line := lineOf(old.Content, e.Pos.Line); !strings.HasSuffix(line, "; if this does not compile, run asyncgen") {
						t.Errorf("the first error is %v, at\n%s", e, line)
					}
					return
				}
			}
			t.Errorf("no error in the generated file: %v", errs)
		})
	}
}

func lineOf(text []byte, n int) string { return strings.Split(string(text), "\n")[n-1] }

// generatedBefore is the file that is generated for changedFuncs.
func generatedBefore(t *testing.T) File {
	t.Helper()
	res, err := compile(Config{Verify: true}, source(t, changedFuncs), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res.Files[0]
}

// TestSum changes the source in other ways: those that change what the async form does change the sum of the
// function, and no other; those of layout change none.
func TestSum(t *testing.T) {
	old := sums(t, changedFuncs)
	for _, c := range []struct{ old, new, changes string }{
		{"//async:func\nfunc plain", "// plain is plain.\n//\n//async:func\nfunc plain", ""},
		{"rt.Sleep(1); return n, nil", "// Wait.\n\trt.Sleep(1) // a moment\n\n\treturn n,\n\t\tnil /* no error */\n", ""},
		{"\nvar _ = strings", "\n\n\n\nvar _ = strings", ""},
		{"retry(op func() error)", "retry(op func() (error))", ""},
		{"\n", "\r\n", ""}, // all of them

		{"rt.Sleep(1); return n, nil", "rt.Sleep(2); return n, nil", "plain source"},
		{"rt.Sleep(1); return n, nil", "return n, nil", "plain source meaning"},
		{"rt.Sleep(1); return n, nil", "rt.Sleep(1); n++; return n, nil", "plain source"},
		{"rt.Sleep(1); return n, nil", "{ rt.Sleep(1); return n, nil }", "plain source"},
		{"for i := 0; i < 3; i++ {", "for i := 0; i < 3; i-- {", "late source"},
		{"for i := 0; i < 3; i++ {", "for i := 0; i < 3; {", "late source"},
		{"//async:func await=op", "//async:func", "retry source meaning"},
		{"//async:func\nfunc nothing", "//async:func name=later\nfunc nothing", "nothing source"},
		{"func nothing() { rt.Sleep(1) }", "func nothing() error { rt.Sleep(1); return nil }", "nothing source"},
		{"type client struct{ n int }", "type client struct{ m, n int }", ""},
		{"return c.n }", "return 0 + c.n }", "client.size source"},
		{"func sum[T number](", "func sum[T any](", "sum source"},
		{"func (c *client) get(", "func (c client) get(", "client.get source meaning"},
	} {
		n := 1
		if c.old == "\n" {
			n = -1
		}
		src := strings.Replace(changedFuncs, c.old, c.new, n)
		if src == changedFuncs {
			t.Errorf("%q is not there", c.old)
			continue
		}
		var changed []string
		for name, sum := range sums(t, src) {
			what := ""
			if sum.Source != old[name].Source {
				what += " source"
			}
			if sum.Meaning != old[name].Meaning {
				what += " meaning"
			}
			if what != "" {
				changed = append(changed, name+what)
			}
		}
		if got := strings.Join(changed, ", "); got != c.changes {
			t.Errorf("%q for %q changes %q, not %q", c.new, c.old, got, c.changes)
		}
	}
}

// TestMeaning changes what a function refers to, and nothing in the function.
func TestMeaning(t *testing.T) {
	const f = "//async:func\nfunc f() { x := g(); for i := 0; i < 2; i++ { _ = x }; _ = rand.Int(); rt.Yield() }\n"
	const before = "package p\n\nimport (\n\t\"math/rand\"\n\n\t\"github.com/asyncgen/asyncgen/rt\"\n)\n\n" + f + "func g() int { return 1 }\n"
	old := sums(t, before)["f"]
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"func g() int", "//async:func\nfunc g() int", false},
		{"func g() int", "func gAsync() rt.Future[int] { return rt.Ready(1) }\n\nfunc g() int", false},
		{"func g() int", "func g() int64", false},
		{"math/rand", "math/rand/v2", false},
		{"package p\n", "//go:build go1.21\n\npackage p\n", false},
		{"package p\n", "//go:build go1.22\n\npackage p\n", true},
		{"return 1", "return 2", true},
		{"func g() int", "type number = int\n\nfunc g() number", true},
		{"func g() int", "func h() int { return 1 }\n\nfunc g() int", true},
	} {
		now := sums(t, strings.Replace(before, c.old, c.new, 1))["f"]
		if now.Source != old.Source {
			t.Errorf("%q: the source has another sum", c.new)
		}
		if (now.Meaning == old.Meaning) != c.same {
			t.Errorf("%q: %v, %v", c.new, old, now)
		}
	}
}

// sums are the sums of a source of one file, by the names of its functions.
func sums(t *testing.T, src string) map[string]load.Sum {
	t.Helper()
	list := map[string]load.Sum{}
	for _, fn := range source(t, src)[0].Funcs {
		if fn.Sum.Source == "" || fn.Sum.Meaning == "" {
			t.Errorf("%s has no sum", fn.FullName())
		}
		list[fn.FullName()] = fn.Sum
	}
	return list
}
