package transform

import (
	"errors"
	"fmt"
	"go/format"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/internal/progen"
	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/check"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
	"github.com/asyncgen/asyncgen/transform/internal/lower"
	"github.com/asyncgen/asyncgen/transform/internal/plain"
)

// A probe is what a test has the compiler do, without what takes the go command. What comes out is what the test
// compares with a golden, unless there are tests to run: then it is the code that these run.
type probe struct {
	name string
	run  func() string
	runs string // "internal/difftest:b1_early"
}

// failedProbe begins what comes out where the compiler fails, which the tests that run the code notice, too.
const failedProbe = "failed: "

// allProbes are the probes of all tests.
func allProbes(t *testing.T) (list []probe) {
	t.Helper()
	list = append(list, goldenProbes(t)...)
	list = append(list, passProbes(t)...)
	list = append(list, checkProbes(t)...)
	return append(list, runProbes(t)...)
}

// goldenProbes are those of TestGolden: a package after the others of its case that it imports.
func goldenProbes(t *testing.T) (list []probe) {
	t.Helper()
	for _, c := range golden.Glob(t, "../testdata/golden/*.txtar") {
		dirs := map[string]map[string][]byte{}
		for _, name := range c.Names() {
			if path.Ext(name) != ".go" || strings.Contains(name, "_async") {
				continue
			}
			dir := path.Join(module+"forms", c.Name, path.Dir(name))
			if dirs[dir] == nil {
				dirs[dir] = map[string][]byte{}
			}
			dirs[dir][path.Base(name)] = c.File(name)
		}
		list = append(list, probe{name: "golden " + c.Name, run: func() string { return compileAll(dirs) }})
	}
	return list
}

// compileAll compiles packages, by import path, that may import each other.
func compileAll(dirs map[string]map[string][]byte) string {
	return trying(func() (out string, err error) {
		var done []*load.Package
		rest := slices.Sorted(maps.Keys(dirs))
		for len(rest) > 0 {
			// the one that needs none of the others
			i := slices.IndexFunc(rest, func(dir string) bool {
				return !slices.ContainsFunc(rest, func(other string) bool {
					return other != dir && slices.ContainsFunc(slices.Collect(maps.Values(dirs[dir])), func(src []byte) bool {
						return strings.Contains(string(src), `"`+other+`"`)
					})
				})
			})
			if i < 0 {
				return "", errors.New("a cycle of imports")
			}
			p, err := loader.Source(rest[i], dirs[rest[i]], done...)
			if p == nil {
				return "", err
			}
			res, err := compile(Config{Verify: true}, []*load.Package{p}, nil)
			if err != nil {
				return "", err
			}
			for _, f := range res.Files {
				out += "-- " + f.Name + "\n" + string(f.Content)
			}
			done = append(done, p)
			rest = slices.Delete(rest, i, i+1)
		}
		return out, nil
	})
}

// trying is what f gives, its error, or its panic.
func trying(f func() (string, error)) (out string) {
	defer func() {
		if v := recover(); v != nil {
			out = fmt.Sprint(failedProbe, v)
		}
	}()
	out, err := f()
	if err != nil {
		return failedProbe + err.Error()
	}
	return out
}

// goldenPasses are the passes with goldens of their own.
var goldenPasses = []struct {
	name string
	run  func(*edit.Editor) error
}{
	{"rename", plain.Rename}, {"lift", plain.Lift}, {"sugar", plain.Sugar}, {"hoist", plain.Hoist},
}

// passProbes are those of the tests of plain, lower, layout and arrange.
func passProbes(t *testing.T) (list []probe) {
	t.Helper()
	source := func(c *golden.Case) (*load.Package, error) {
		return loader.Source("example.com/p", map[string][]byte{"in.go": c.File("in.go")})
	}
	for i, pass := range goldenPasses {
		for _, c := range golden.Glob(t, "internal/plain/testdata/"+pass.name+"/*.txtar") {
			list = append(list, probe{name: "plain " + pass.name + "/" + c.Name, run: func() string {
				return trying(func() (string, error) {
					p, err := source(c)
					return plainForm(p, err, i)
				})
			}})
		}
	}
	for _, c := range golden.Glob(t, "internal/lower/testdata/*.txtar") {
		list = append(list, probe{name: "lower " + c.Name, run: func() string {
			return trying(func() (string, error) { return machinesOf(source, c, ir.Print) })
		}})
	}
	for _, c := range golden.Glob(t, "internal/layout/testdata/*.txtar") {
		list = append(list, probe{name: "layout " + c.Name, run: func() string {
			return trying(func() (string, error) {
				return machinesOf(source, c, func(m *ir.Machine) string { return layout.Of(m).String() })
			})
		}})
	}
	for _, c := range golden.Glob(t, "internal/arrange/testdata/*.txtar") {
		list = append(list, probe{name: "arrange " + c.Name, run: func() string {
			return trying(func() (string, error) {
				return machinesOf(source, c, func(m *ir.Machine) string { return arrange.Of(m, layout.Of(m)).String() })
			})
		}})
	}
	return list
}

// plainForm is a package after the passes up to one.
func plainForm(p *load.Package, err error, last int) (string, error) {
	if err != nil {
		return "", err
	}
	e := edit.New(p)
	e.Strict()
	for _, pass := range goldenPasses[:last+1] {
		if err := pass.run(e); err != nil {
			return "", err
		}
	}
	if err := plain.Verify(e); err != nil && last == len(goldenPasses)-1 {
		return "", err
	}
	var out strings.Builder
	for _, fn := range p.Funcs {
		for _, d := range fn.Lifted {
			if err := format.Node(&out, p.Fset, d); err != nil {
				return "", err
			}
		}
		if err := format.Node(&out, p.Fset, fn.Decl); err != nil {
			return "", err
		}
	}
	return out.String(), nil
}

func machinesOf(source func(*golden.Case) (*load.Package, error), c *golden.Case, text func(*ir.Machine) string) (string, error) {
	p, err := source(c)
	if err != nil {
		return "", err
	}
	ms, err := lower.Package(p)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, m := range ms {
		for _, m := range m.All() {
			if err := ir.Verify(m); err != nil {
				return "", err
			}
			out.WriteString(text(m))
		}
	}
	return out.String(), nil
}

// checkProbes are those of TestCheck.
func checkProbes(t *testing.T) (list []probe) {
	t.Helper()
	names, err := filepath.Glob("internal/check/testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, f := range archive.Files {
			if f.Name != "want" {
				files[f.Name] = f.Data
			}
		}
		list = append(list, probe{name: "check " + filepath.Base(name), run: func() string {
			return trying(func() (string, error) {
				p, err := loader.Source("example.com/p", files)
				if p == nil {
					return "", err
				}
				found := append(slices.Clone(p.Errors), check.Package(p)...)
				found.Sort()
				out := ""
				for _, d := range found {
					out += fmt.Sprintln(d, d.Warning, d.Hint)
				}
				return out, nil
			})
		}})
	}
	return list
}

// runProbes are the sources of the tests that run what is generated.
func runProbes(t *testing.T) (list []probe) {
	t.Helper()
	lib := module + "forms/lib"
	with := map[string][]byte{}
	for name, src := range goFiles(t, []string{"../internal/difftest/testdata/lib"}) {
		with[filepath.Base(name)] = src
	}
	files := goFiles(t, []string{"../internal/difftest/testdata/b", "../internal/difftest/testdata/seam"})
	for _, name := range slices.Sorted(maps.Keys(files)) {
		base := strings.TrimSuffix(filepath.Base(name), ".go")
		dirs := map[string]map[string][]byte{module + "forms/" + base: {base + ".go": files[name]}}
		if strings.Contains(string(files[name]), `"`+lib+`"`) {
			dirs[lib] = with
		}
		list = append(list, probe{name: base, runs: "internal/difftest:" + base, run: func() string { return compileAll(dirs) }})
	}
	env := []byte(read(t, "internal/plain/testdata/run/env.go.txt"))
	for _, c := range golden.Glob(t, "internal/plain/testdata/run/*.txtar") {
		files := map[string][]byte{"env.go": env, "in.go": c.File("in.go")}
		list = append(list, probe{name: "plain run/" + c.Name, runs: "transform/internal/plain:^Test" + c.Name[:2] + "$", run: func() string {
			return trying(func() (string, error) {
				p, err := loader.Source(module+"p", files)
				return plainForm(p, err, len(goldenPasses)-1)
			})
		}})
	}
	for seed := range uint64(12) {
		src := progen.Source("p0", fmt.Sprint("P", seed+1), seed+1)
		dirs := map[string]map[string][]byte{module + "forms/p0": {"p.go": src}}
		list = append(list, probe{name: fmt.Sprint("seed ", seed+1), runs: fmt.Sprint("internal/progen:", seed+1), run: func() string {
			return compileAll(dirs)
		}})
	}
	return list
}
