package transform_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/difftest"
	"github.com/asyncgen/asyncgen/internal/golden"
)

// TestGolden compiles the programs of testdata/golden in one module, and compares what is generated.
// Then it runs them: both forms must print stdout, and leave the same trace whatever their futures do
// (see package difftest). go vet must have nothing to say.
//
// A case has x.go, which is package x with func Main(e *env.Env), and perhaps more files and packages
// below its own, which it imports as github.com/asyncgen/asyncgen/forms/CASE/DIR.
func TestGolden(t *testing.T) {
	cases := golden.Glob(t, "../testdata/golden/*.txtar")
	named := namedBy(flag.Lookup("test.run").Value.String(), cases)
	every := len(named) == 0
	if !every {
		cases = named
	}
	packages := map[*golden.Case][]*difftest.Package{}
	var all []*difftest.Package
	for _, c := range cases {
		packages[c] = sources(t, c)
		all = append(all, packages[c]...)
	}
	p := difftest.Build(t, all, difftest.Options{Vet: true, Inspect: true})
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			for _, pkg := range packages[c] {
				if pkg.Err != nil {
					t.Fatal(pkg.Err)
				}
			}
			for _, pkg := range packages[c] {
				compareGenerated(t, c, pkg)
			}
			compareRuns(t, c, p, packages[c])
			c.Save(t)
		})
	}
	if every {
		t.Run("sizes", func(t *testing.T) {
			golden.File(t, "../testdata/golden/sizes.txt", []byte(sizeTable(p.Machines)))
		})
	}
}

// namedBy are the cases that the flag -run names, as in TestGolden/hidden-type. It is none where the flag can
// mean others as well.
func namedBy(run string, cases []*golden.Case) (named []*golden.Case) {
	_, pattern, ok := strings.Cut(run, "/")
	re, err := regexp.Compile(pattern)
	if !ok || err != nil || strings.Contains(run, "|") || re.MatchString("sizes") {
		return nil
	}
	for _, c := range cases {
		if re.MatchString(c.Name) {
			named = append(named, c)
		}
	}
	return named
}

// sources are the packages of a case, by directory.
func sources(t *testing.T, c *golden.Case) []*difftest.Package {
	byDir := map[string]*difftest.Package{}
	for _, name := range c.Names() {
		if path.Ext(name) != ".go" || strings.Contains(name, "_async") {
			continue
		}
		src := c.File(name)
		if formatted, err := format.Source(src); err != nil || !bytes.Equal(src, formatted) {
			t.Errorf("%s: %s is not formatted: %v", c.Name, name, err)
		}
		dir := path.Join(c.Name, path.Dir(name))
		if byDir[dir] == nil {
			byDir[dir] = &difftest.Package{Dir: dir, Files: map[string][]byte{}}
		}
		byDir[dir].Files[path.Base(name)] = src
	}
	var pkgs []*difftest.Package
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		pkgs = append(pkgs, byDir[dir])
	}
	return pkgs
}

// compareGenerated compares the generated files of a package with those of the case.
func compareGenerated(t *testing.T, c *golden.Case, pkg *difftest.Package) {
	t.Helper()
	rel := strings.TrimPrefix(strings.TrimPrefix(pkg.Dir, c.Name), "/")
	for _, name := range slices.Sorted(maps.Keys(pkg.Generated)) {
		content := pkg.Generated[name]
		if formatted, err := format.Source(content); err != nil || !bytes.Equal(content, formatted) {
			t.Errorf("%s is not formatted: %v", name, err)
		}
		c.Check(t, path.Join(rel, name), content)
	}
	for _, name := range c.Names() {
		ours := path.Join(c.Name, path.Dir(name)) == pkg.Dir && strings.Contains(name, "_async")
		if ours && pkg.Generated[path.Base(name)] == nil {
			c.Drop(t, name)
		}
	}
}

// compareRuns compares what Main prints in each form, and runs it under all scripts.
func compareRuns(t *testing.T, c *golden.Case, p *difftest.Program, pkgs []*difftest.Package) {
	t.Helper()
	var main *difftest.Package
	for _, pkg := range pkgs {
		if len(pkg.Cases) > 0 {
			main = pkg
		}
	}
	if main == nil {
		t.Fatal("no function has a line //forms:run")
	}
	want, err := p.Print(main.Cases[0], "blocking")
	if err != nil {
		t.Fatalf("blocking form: %v", err)
	}
	for _, form := range []string{"polled", "task"} {
		if got, err := p.Print(main.Cases[0], form); err != nil || got != want {
			t.Errorf("%s async form: %v\ngot\n%s\nwant\n%s", form, err, got, want)
		}
	}
	c.Check(t, "stdout", []byte(want))
	report, err := p.Run(main, "-rounds=20")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range main.Cases {
		if err := report[one.Name].Err; err != nil {
			t.Error(fmt.Errorf("%s: %w", one.Pos, err))
		}
	}
}
