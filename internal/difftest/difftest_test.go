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
	rounds = flag.Int("rounds", 100, "random scripts for each function and argument")
	race   = flag.Bool("forms.race", false, "build the functions with the race detector")
	only   = flag.String("only", "", "run only packages whose name has this in it")
	quick  = flag.Bool("forms.quick", false, "TestSeam generates once, and does not vet")
	whole  = flag.Bool("forms.whole", false, "TestB generates a second time and vets, as TestSeam does, and runs all scripts")
	budget = flag.Int("forms.budget", -1, "ready awaits in a turn; -1: as always")
	noOpt  = flag.Bool("forms.noopt", false, "build the functions without optimisation")
)

// options are those of the flags.
func options() Options {
	o := Options{Vet: !*quick, Once: *quick}
	if *race {
		o.Flags = append(o.Flags, "-race")
	}
	if *budget >= 0 {
		o.Flags = append(o.Flags, fmt.Sprint("-ldflags=-X=github.com/asyncgen/asyncgen/rt/internal/task.budgetText=", *budget))
	}
	if *noOpt {
		o.Flags = append(o.Flags, NoOptimisation)
	}
	return o
}

// readPackages reads source packages: each file of the directories is one, and package lib, which the
// others import.
func readPackages(t testing.TB, dirs ...string) []*Package {
	t.Helper()
	lib := &Package{Dir: "lib", Files: map[string][]byte{}}
	for _, name := range glob(t, "testdata", "lib", "*.go") {
		lib.Files[filepath.Base(name)] = read(t, name)
	}
	pkgs := []*Package{lib}
	for _, dir := range dirs {
		for _, name := range glob(t, dir, "*.go") {
			base := filepath.Base(name)
			if !strings.Contains(base, *only) {
				continue
			}
			pkgs = append(pkgs, &Package{
				Dir: strings.TrimSuffix(base, ".go"), Files: map[string][]byte{base: read(t, name)},
			})
		}
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

// TestSeam runs the functions by which the seam between generated code and rt was designed.
func TestSeam(t *testing.T) { runAll(t, filepath.Join("testdata", "seam"), options()) }

// TestB runs a test, or several, for each line of the list of behaviours that a transform must have.
// B1_03_lateReads is for line 3, which is in part B1 of the list. That a second generation gives the same, that vet has
// nothing to say, and four of five scripts with two accidents are most of the work: they are done with -forms.whole.
func TestB(t *testing.T) {
	o := options()
	o.Vet, o.Once = *whole, !*whole
	runAll(t, filepath.Join("testdata", "b"), o)
}

// TestBudget runs them in turns that end at the first await: whether an await gives way before it polls
// makes no difference. With -forms.budget the others run so, too.
func TestBudget(t *testing.T) {
	old := *budget
	*budget = 0
	defer func() { *budget = old }()
	o := options()
	o.Vet, o.Once = false, true // TestSeam has looked at what is generated
	runAll(t, filepath.Join("testdata", "seam"), o)
}

func runAll(t *testing.T, dir string, o Options) {
	pkgs := readPackages(t, dir)
	p := Build(t, pkgs, o)
	pairs := 0
	for _, pkg := range pkgs {
		pairs += run(t, p, pkg)
	}
	t.Logf("%d runs compared; -seed=%d", pairs, *seed)
}

// run runs the functions of a package, each as a test.
func run(t *testing.T, p *Program, pkg *Package) (pairs int) {
	t.Helper()
	if pkg.Err != nil {
		t.Errorf("%s: %v", pkg.Dir, pkg.Err)
		return 0
	}
	if len(pkg.Cases) == 0 {
		return 0
	}
	share := 5
	if *whole {
		share = 1
	}
	report, err := p.Run(pkg, fmt.Sprint("-seed=", *seed), fmt.Sprint("-rounds=", *rounds), fmt.Sprint("-budget=", *budget), fmt.Sprint("-share=", share))
	if err != nil {
		t.Error(err)
		return 0
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
