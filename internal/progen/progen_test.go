package progen

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/difftest"
)

var (
	first  = flag.Uint64("seed", 1, "of the first program")
	count  = flag.Int("progen.n", 12, "number of programs")
	rounds = flag.Int("rounds", 15, "random scripts for each program")
	share  = flag.Int("progen.share", 10, "of scripts with two accidents, or a pattern of pending futures, run one in so many")
	file   = flag.String("progen.file", "", "run this program instead: a Go file, with functions to run")
	noOpt  = flag.Bool("forms.noopt", false, "build the program of -progen.file without optimisation")
)

// perPackage is how many programs make up one package: one build serves all.
const perPackage = 10

// TestSource makes programs twice.
func TestSource(t *testing.T) {
	for seed := *first; seed < *first+20; seed++ {
		if !bytes.Equal(Source("p", "P", seed), Source("p", "P", seed)) {
			t.Errorf("seed %d gives two programs", seed)
		}
	}
}

// TestForms runs random programs in both forms under many scripts, a third of them built without
// optimisation. With -progen.n=5000 -seed=100 it runs that many others. With -v it prints how often the
// constructs of the language occur and run. In a run of 450 programs or more all of them must run.
func TestForms(t *testing.T) {
	if *file != "" {
		runFile(t)
		return
	}
	const batch = 150 // programs of one build, or two
	counts, optimised := map[string]tally{}, 0
	for done := 0; done < *count; done += batch {
		var opt, noOpt []uint64
		for i := range min(batch, *count-done) {
			seed := *first + uint64(done+i)
			if i%3 == 2 {
				noOpt = append(noOpt, seed)
			} else {
				opt = append(opt, seed)
			}
		}
		for name, c := range runBatch(t, opt, difftest.Options{Cover: true}) {
			sum := counts[name]
			counts[name] = tally{sum.places + c.places, sum.runs + c.runs}
		}
		optimised += len(opt)
		if len(noOpt) > 0 {
			runBatch(t, noOpt, difftest.Options{Flags: []string{difftest.NoOptimisation}})
		}
	}
	checkCounts(t, counts, optimised)
}

// enough is how many programs that are built with optimisation run all constructs.
const enough = 300

// checkCounts prints how often the constructs occur and run in all programs of a run, and fails where one
// does not though there are enough of them.
func checkCounts(t *testing.T, counts map[string]tally, programs int) {
	t.Helper()
	for _, k := range constructs {
		t.Logf("%5d places %9d runs: %s", counts[k.name].places, counts[k.name].runs, k.name)
	}
	if none := missing(counts); programs >= enough && len(none) > 0 {
		t.Errorf("no program of %d has, or runs:\n\t%s", programs, strings.Join(none, "\n\t"))
	}
}

func runBatch(t *testing.T, seeds []uint64, o difftest.Options) map[string]tally {
	var pkgs []*difftest.Package
	for i, seed := range seeds {
		if i%perPackage == 0 {
			pkgs = append(pkgs, &difftest.Package{Dir: fmt.Sprintf("p%d", i/perPackage), Files: map[string][]byte{}})
		}
		pkg := pkgs[len(pkgs)-1]
		pkg.Files[fmt.Sprintf("seed%d.go", seed)] = Source(pkg.Dir, programName(seed), seed)
	}
	p := difftest.Build(t, pkgs, o)
	p.Patience = 6000
	pairs := 0
	for _, pkg := range pkgs {
		if pkg.Err != nil {
			oneByOne(t, pkg, o)
			continue
		}
		pairs += report(t, p, pkg, o)
	}
	t.Logf("%d programs from seed %d, %d runs compared, %v", len(seeds), seeds[0], pairs, o.Flags)
	if !o.Cover {
		return nil
	}
	return tallies(t, p)
}

// runFile runs the program of a file.
func runFile(t *testing.T) {
	src, err := os.ReadFile(*file)
	if err != nil {
		t.Fatal(err)
	}
	pkg := &difftest.Package{Dir: "seed0", Files: map[string][]byte{"x.go": src}}
	o := difftest.Options{}
	if *noOpt {
		o.Flags = append(o.Flags, difftest.NoOptimisation)
	}
	p := difftest.Build(t, []*difftest.Package{pkg}, o)
	if pkg.Err != nil {
		t.Fatal(pkg.Err)
	}
	p.Patience = 3000
	t.Logf("%d runs compared", report(t, p, pkg, o))
}

func programName(seed uint64) string { return fmt.Sprintf("Seed%d", seed) }

// oneByOne builds the programs of a package as packages of their own, to find out which one it is that
// cannot be built.
func oneByOne(t *testing.T, pkg *difftest.Package, o difftest.Options) {
	o.Cover = false
	var pkgs []*difftest.Package
	for name, src := range pkg.Files {
		pkgs = append(pkgs, &difftest.Package{
			Dir: strings.TrimSuffix(name, ".go"), Files: map[string][]byte{name: src},
		})
	}
	p := difftest.Build(t, pkgs, o)
	for _, one := range pkgs {
		switch {
		case one.Err == nil:
			report(t, p, one, o)
		case one.Ours():
			shrunk(t, one, o)
		default:
			t.Errorf("progen: %s is not Go: %v", one.Dir, one.Err)
		}
	}
}

// report runs the programs of a package, and makes those that fail smaller.
func report(t *testing.T, p *difftest.Program, pkg *difftest.Package, o difftest.Options) (pairs int) {
	o.Cover = false // where a program is built again
	r, err := p.Run(pkg, fmt.Sprint("-rounds=", *rounds), fmt.Sprint("-share=", *share))
	if err != nil {
		t.Error(err)
		return 0
	}
	for _, c := range pkg.Cases {
		pairs += r[c.Name].Pairs
		err := r[c.Name].Err
		if err == nil {
			continue
		}
		file := filepath.Base(c.Pos[:strings.LastIndexByte(c.Pos, ':')])
		dir := strings.TrimSuffix(file, ".go")
		src := pkg.Files[file]
		if errors.Is(err, difftest.ErrEnded) {
			t.Errorf("%s: %v\n%s", c.Name, err, src)
			continue
		}
		shrunk(t, &difftest.Package{Dir: dir, Files: map[string][]byte{"x.go": src}}, o)
	}
	return pairs
}
