package transform

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// source loads a package of one file.
func source(t testing.TB, src string) []*load.Package {
	t.Helper()
	p, err := loader.Source("example.com/p", map[string][]byte{"p.go": []byte(src)})
	if err != nil {
		t.Fatal(err)
	}
	return []*load.Package{p}
}

const twoFuncs = `package p

type client struct{}

//async:func
func first() {}

//async:func
func (*client) second() { first() }
`

// TestPanic makes a pass panic: the problem names the pass and the function, with its position.
func TestPanic(t *testing.T) {
	saved := passes
	defer func() { passes = saved }()
	passes = []pass{{name: "break", run: func(c *compilation) error {
		return c.pkg.Each(func(_ int, fn *load.Func, _ *diag.List) {
			if fn.Decl.Recv != nil {
				panic("boom")
			}
		})
	}}}
	_, err := compile(Config{}, source(t, twoFuncs), nil)
	const want = "/example.com/p/p.go:9:16: asyncgen failed in pass break of client.second: panic: boom; " +
		"please report it with the output of -dump=break -func=client.second [AG0901]"
	if err == nil || err.Error() != want {
		t.Errorf("error is\n%v\nwant\n%s", err, want)
	}
}

// TestVerifier makes a verifier fail, with and without -verify.
func TestVerifier(t *testing.T) {
	saved := passes
	defer func() { passes = saved }()
	passes = []pass{{
		name:   "lie",
		run:    func(*compilation) error { return nil },
		verify: func(*compilation) error { return errors.New("not plain") },
	}}
	if _, err := compile(Config{}, source(t, twoFuncs), nil); err != nil {
		t.Errorf("without -verify: %v", err)
	}
	_, err := compile(Config{Verify: true}, source(t, twoFuncs), nil)
	if err == nil || !strings.Contains(err.Error(), "asyncgen failed in pass lie of package example.com/p: not plain") {
		t.Errorf("with -verify: %v", err)
	}
}

// TestRefusal makes a pass refuse a construct: the problem is the user's, and keeps its rule.
func TestRefusal(t *testing.T) {
	saved := passes
	defer func() { passes = saved }()
	passes = []pass{{name: "refuse", run: func(c *compilation) error {
		var list diag.List
		list.Add(c.pkg.Position(c.pkg.Funcs[0].Decl.Pos()), diag.Unnameable, "", "not this")
		return list
	}}}
	_, err := compile(Config{}, source(t, twoFuncs), nil)
	if err == nil || !strings.HasSuffix(err.Error(), "p.go:6:1: not this [AG0102]") {
		t.Errorf("error is %v", err)
	}
}

// TestDump asks for every pass, for one function.
func TestDump(t *testing.T) {
	var out bytes.Buffer
	cfg := Config{Dump: []string{"all"}, Func: "client.second", DumpTo: &out, Verify: true}
	if _, err := compile(cfg, source(t, twoFuncs), nil); err != nil {
		t.Fatal(err)
	}
	for _, p := range passes {
		if !strings.Contains(out.String(), "# "+p.name+" example.com/p\n") {
			t.Errorf("no dump of %s", p.name)
		}
	}
	before, _, _ := strings.Cut(out.String(), "# emit") // which dumps whole files
	if strings.Contains(before, "func first") || !strings.Contains(before, "second") {
		t.Errorf("the dump is not of client.second alone:\n%s", before)
	}
}

func TestNameErrors(t *testing.T) {
	err := checkDump(Config{Dump: []string{"lower", "lowr"}})
	if err == nil || !strings.HasPrefix(err.Error(), `no pass "lowr"; there are rename, `) {
		t.Errorf("unknown pass: %v", err)
	}
	_, err = compile(Config{Func: "third"}, source(t, twoFuncs), nil)
	if want := `no marked function "third"; there are first, client.second`; err == nil || err.Error() != want {
		t.Errorf("unknown function: %v, want %s", err, want)
	}
}

// TestDeterminism compiles the same source many times.
func TestDeterminism(t *testing.T) {
	var src strings.Builder
	src.WriteString("package p\n\nimport \"github.com/asyncgen/asyncgen/rt\"\n")
	for i := range 20 {
		fmt.Fprintf(&src, "\n//async:func\nfunc f%d(a, b, c int, d string) (int, error) {\n\tx, y := a, d\n\trt.Yield()\n\t_ = y\n\tz := x + c\n\trt.Yield()\n\treturn z, nil\n}\n", i)
	}
	var first Result
	for i := range 5 {
		res, err := compile(Config{Verify: true}, source(t, src.String()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = res
		}
		if !slices.EqualFunc(first.Files, res.Files, func(a, b File) bool { return bytes.Equal(a.Content, b.Content) }) {
			t.Fatal("two runs make different files")
		}
	}
}
