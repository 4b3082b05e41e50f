package progen

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/difftest"
)

var (
	first    = flag.Uint64("seed", 1, "of the first program")
	count    = flag.Int("progen.n", 60, "number of programs")
	rounds   = flag.Int("rounds", 30, "random scripts for each program")
	smallest = flag.Bool("progen.shrink", true, "make programs that fail smaller")
	noOpt    = flag.Bool("forms.noopt", false, "build the programs without optimisation")
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

// TestForms runs random programs in both forms under many scripts. With -progen.n=5000 -seed=100 it
// runs that many others.
func TestForms(t *testing.T) {
	const batch = 200 // programs of one build
	for done := 0; done < *count; done += batch {
		runBatch(t, *first+uint64(done), min(batch, *count-done))
	}
}

func runBatch(t *testing.T, from uint64, n int) {
	var pkgs []*difftest.Package
	for i := range n {
		if i%perPackage == 0 {
			pkgs = append(pkgs, &difftest.Package{Dir: fmt.Sprintf("p%d", i/perPackage), Files: map[string][]byte{}})
		}
		pkg, seed := pkgs[len(pkgs)-1], from+uint64(i)
		pkg.Files[fmt.Sprintf("seed%d.go", seed)] = Source(pkg.Dir, programName(seed), seed)
	}
	p := difftest.Build(t, pkgs, options())
	pairs := 0
	for _, pkg := range pkgs {
		if pkg.Err != nil {
			oneByOne(t, pkg)
			continue
		}
		pairs += report(t, p, pkg)
	}
	t.Logf("%d programs from seed %d, %d runs compared", n, from, pairs)
}

func programName(seed uint64) string { return fmt.Sprintf("Seed%d", seed) }

func options() (o difftest.Options) {
	if *noOpt {
		o.Flags = append(o.Flags, "-gcflags=all=-N -l")
	}
	return o
}

// oneByOne builds the programs of a package as packages of their own, to find out which one it is that
// cannot be built.
func oneByOne(t *testing.T, pkg *difftest.Package) {
	var pkgs []*difftest.Package
	for name, src := range pkg.Files {
		pkgs = append(pkgs, &difftest.Package{
			Dir: strings.TrimSuffix(name, ".go"), Files: map[string][]byte{name: src},
		})
	}
	p := difftest.Build(t, pkgs, options())
	for _, one := range pkgs {
		switch {
		case one.Err == nil:
			report(t, p, one)
		case one.Ours():
			shrunk(t, one)
		default:
			t.Errorf("progen: %s is not Go: %v", one.Dir, one.Err)
		}
	}
}

// report runs the programs of a package, and makes those that fail smaller.
func report(t *testing.T, p *difftest.Program, pkg *difftest.Package) (pairs int) {
	r, err := p.Run(pkg, fmt.Sprint("-rounds=", *rounds))
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
		shrunk(t, &difftest.Package{Dir: dir, Files: map[string][]byte{"x.go": src}})
	}
	return pairs
}
