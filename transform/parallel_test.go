package transform

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// shapes has something for each pass, with names that collide if % is a number: locals to rename, types
// to lift, loops and expressions to take apart, packages to import, callbacks, blocks, cleanup.
const shapes = `
//async:func
func get%[1]d(n int) (int, error) { return rt.Await(rt.Ready(n)) }

//async:func
func shadow%[1]d(err int, rt1 ...string) (sum int, _ error) {
	for i, x := range rt1 {
		if n, err := get%[1]d(i); err == nil && n > len(x) {
			sum += n
		}
		switch err := any(x).(type) {
		case string:
			v, _ := get%[1]d(len(err))
			sum += v
		case int:
			sum += err
		}
	}
	return sum + err, nil
}

//async:func
func local%[1]d[T any](xs map[string]T) (list []any) {
	type pair struct {
		key   string
		value T
	}
	for k, v := range xs {
		p := pair{k, v}
		list = append(list, p, must(get%[1]d(len(list))))
	}
	defer func() { list = append(list, must(get%[1]d(1))) }()
	return list
}

//async:func await=op
func twice%[1]d(op func(int) (int, error)) (int, error) {
	a, err := op(1)
	if err != nil {
		return 0, err
	}
	b, err := op(a)
	return a + b, err
}

//async:func
func calls%[1]d(n int) (int, error) {
	a := func() int { return must(get%[1]d(n)) }()
	return twice%[1]d(func(i int) (int, error) { return get%[2]d(i + a) })
}
`

// manyFiles is a package of n files with all shapes in each.
func manyFiles(n int) map[string][]byte {
	files := map[string][]byte{"must.go": []byte("package p\n\nfunc must(n int, err error) int {\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\treturn n\n}\n")}
	for i := range n {
		text := "package p\n\nimport \"github.com/asyncgen/asyncgen/rt\"\n" + fmt.Sprintf(shapes, i, (i+1)%n)
		files[fmt.Sprintf("f%02d.go", i)] = []byte(text)
	}
	return files
}

// compiled compiles manyFiles on so many cores.
func compiled(t *testing.T, cores int) Result {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	p, err := loader.Source("github.com/asyncgen/asyncgen/p", manyFiles(12))
	if err != nil {
		t.Fatal(err)
	}
	res, err := compile(Config{Verify: true}, []*load.Package{p}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestCores compiles a package on one core and on several: the files are the same.
func TestCores(t *testing.T) {
	one, many := compiled(t, 1), compiled(t, 8)
	if len(one.Files) != 12 || len(many.Files) != 12 {
		t.Fatalf("%d and %d files, want 12", len(one.Files), len(many.Files))
	}
	for i, f := range one.Files {
		if g := many.Files[i]; f.Name != g.Name || !bytes.Equal(f.Content, g.Content) {
			t.Errorf("%s is not the same on several cores:\n%s\n%s", f.Name, f.Content, g.Content)
		}
	}
}

// TestCoresProblems makes a pass refuse every function, and another panic in some: the problems come in
// order, and the panic is that of the first function.
func TestCoresProblems(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(8))
	saved := passes
	defer func() { passes = saved }()
	run := func(work func(p *load.Package, fn *load.Func, errs *diag.List)) error {
		passes = []pass{{name: "break", run: func(c *compilation) error {
			return c.pkg.Each(func(_ int, fn *load.Func, errs *diag.List) { work(c.pkg, fn, errs) })
		}}}
		p, err := loader.Source("example.com/p", manyFiles(12))
		if err != nil {
			t.Fatal(err)
		}
		_, err = compile(Config{}, []*load.Package{p}, nil)
		if err == nil {
			t.Fatal("no error")
		}
		return err
	}
	err := run(func(p *load.Package, fn *load.Func, errs *diag.List) {
		errs.Add(p.Position(fn.Decl.Name.Pos()), diag.Unnameable, "", "no %s", fn.Decl.Name.Name)
	})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 5*12 || !strings.Contains(lines[0], "no get0") || !strings.Contains(lines[59], "no calls11") {
		t.Errorf("problems are\n%v", err)
	}
	err = run(func(_ *load.Package, fn *load.Func, _ *diag.List) {
		if strings.HasPrefix(fn.Decl.Name.Name, "local") {
			panic("boom")
		}
	})
	if !strings.Contains(err.Error(), "asyncgen failed in pass break of local0: panic: boom") {
		t.Errorf("error is %v", err)
	}
}
