package difftest

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

var (
	seed   = flag.Uint64("seed", 1, "of random scripts")
	rounds = flag.Int("rounds", 200, "random scripts for each function and argument")
	race   = flag.Bool("forms.race", false, "build the functions with the race detector")
	noOpt  = flag.Bool("forms.noopt", false, "build the functions without optimisation")
)

// options are those of the flags.
func options() Options {
	o := Options{Vet: true}
	if *race {
		o.Flags = append(o.Flags, "-race")
	}
	if *noOpt {
		o.Flags = append(o.Flags, "-gcflags=all=-N -l")
	}
	return o
}

// readPackages reads the source packages of a directory: each file is one, and each subdirectory.
func readPackages(t testing.TB, dir string) []*Package {
	t.Helper()
	var pkgs []*Package
	byDir := map[string]*Package{}
	add := func(dir, name string) {
		p := byDir[dir]
		if p == nil {
			p = &Package{Dir: dir, Files: map[string][]byte{}}
			byDir[dir], pkgs = p, append(pkgs, p)
		}
		p.Files[filepath.Base(name)] = read(t, name)
	}
	for _, name := range glob(t, dir, "*.go") {
		add(strings.TrimSuffix(filepath.Base(name), ".go"), name)
	}
	for _, name := range glob(t, dir, "*", "*.go") {
		add(filepath.Base(filepath.Dir(name)), name)
	}
	return pkgs
}

func glob(t testing.TB, pattern ...string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestForms runs all functions of testdata. Those of packages b1 to b6 are named after the lines of
// the list of behaviours that a transform must have.
func TestForms(t *testing.T) {
	pkgs := readPackages(t, "testdata")
	p := Build(t, pkgs, options())
	pairs := 0
	for _, pkg := range pkgs {
		t.Run(pkg.Dir, func(t *testing.T) {
			pairs += run(t, p, pkg)
		})
	}
	t.Logf("%d runs compared; -seed=%d", pairs, *seed)
}

// run runs the functions of a package, each as a test.
func run(t *testing.T, p *Program, pkg *Package) (pairs int) {
	if pkg.Err != nil {
		t.Fatal(pkg.Err)
	}
	if len(pkg.Cases) == 0 {
		return 0
	}
	report, err := p.Run(pkg, fmt.Sprint("-seed=", *seed), fmt.Sprint("-rounds=", *rounds))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range pkg.Cases {
		pairs += report[c.Name].Pairs
		t.Run(c.fn, func(t *testing.T) {
			if err := report[c.Name].Err; err != nil {
				t.Errorf("%s: %v", c.Pos, err)
			}
		})
	}
	return pairs
}
