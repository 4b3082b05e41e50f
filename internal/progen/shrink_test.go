package progen

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/internal/difftest"
	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/internal/difftest/forms"
)

var (
	smallest = flag.Bool("progen.shrink", true, "make programs that fail smaller")
	keep     = flag.String("progen.keep", "", "directory for programs that fail, as goldens without expectations")
)

// shrunk reports a program that fails, after it has left out what the failure does not need. The program
// is kept as a golden file without expectations: with -progen.keep=../../testdata/golden a run of the
// goldens with -update fills them in.
func shrunk(t *testing.T, pkg *difftest.Package, o difftest.Options) {
	t.Helper()
	var src []byte
	for _, data := range pkg.Files {
		src = data
	}
	why := failure(t, [][]byte{src}, o)[0]
	if why == nil {
		t.Errorf("%s fails beside others, not alone:\n%s", pkg.Dir, src)
		return
	}
	if *smallest {
		src, why = shrink(t, src, why, o)
	}
	t.Errorf("%s: %v\n%s", pkg.Dir, why, src)
	dir := *keep
	if dir == "" {
		dir = t.ArtifactDir()
	}
	name := filepath.Join(dir, pkg.Dir+".txtar")
	if err := os.WriteFile(name, golden(pkg.Dir, src), 0o666); err != nil {
		t.Error(err)
	}
}

// golden is a program as a golden file: the function to run is called Main there.
func golden(name string, src []byte) []byte {
	text := string(src)
	prefix := strings.Replace(name, "seed", "Seed", 1)
	text = strings.ReplaceAll(text, "func "+prefix+"(", "func Main(")
	text = strings.ReplaceAll(text, prefix+"(e,", "Main(e,")
	return txtar.Format(&txtar.Archive{
		Comment: fmt.Appendf(nil, "A program of progen, %s.\n", name),
		Files:   []txtar.File{{Name: "x.go", Data: []byte(text)}},
	})
}

// failure says for each program why it fails, or nil. What the Go compiler does not take does not count,
// nor what is not deterministic, or does not end, because a statement is missing.
func failure(t *testing.T, sources [][]byte, o difftest.Options) []error {
	var pkgs []*difftest.Package
	for i, src := range sources {
		pkgs = append(pkgs, &difftest.Package{Dir: fmt.Sprintf("c%d", i), Files: map[string][]byte{"x.go": src}})
	}
	o.Once = true
	p := difftest.Build(t, pkgs, o)
	p.Patience = 500
	whys := make([]error, len(sources))
	for i, pkg := range pkgs {
		if pkg.Err != nil {
			if pkg.Ours() {
				whys[i] = pkg.Err
			}
			continue
		}
		r, err := p.Run(pkg, fmt.Sprint("-rounds=", *rounds))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range pkg.Cases {
			err := r[c.Name].Err
			if err != nil && !errors.Is(err, difftest.ErrEnded) && !strings.Contains(err.Error(), forms.Unsteady) &&
				!strings.Contains(err.Error(), env.TooLong) {
				whys[i] = err
			}
		}
	}
	return whys
}

// A shrinker makes a program smaller by leaving out runs of its edits.
type shrinker struct {
	t      *testing.T
	o      difftest.Options
	src    []byte
	why    error
	all    bool // edits other than removals, too
	builds int  // that are left
}

// shrink leaves out as much as it can.
func shrink(t *testing.T, src []byte, why error, o difftest.Options) ([]byte, error) {
	s := &shrinker{t: t, o: o, src: src, why: why, builds: 60}
	for _, all := range []bool{false, true, false, true} {
		s.all = all
		_, n := edited(s.src, all, func(int) bool { return false })
		for size := max(1, n/3); size > 0 && s.builds > 0; {
			if !s.pass(size) {
				size /= 2
			}
		}
	}
	return s.src, s.why
}

// pass tries all runs of size edits, and then those together that can be left out each. It says
// whether the program has become smaller.
func (s *shrinker) pass(size int) bool {
	_, n := edited(s.src, s.all, func(int) bool { return false })
	runs := (n + size - 1) / size
	can := map[int]bool{} // the runs that can be left out
	var best []byte
	s.try(runs, func(k int) []byte { return s.without(size, map[int]bool{k: true}) }, func(k int, src []byte, why error) {
		can[k] = true
		if best == nil || len(src) < len(best) {
			best, s.why = src, why
		}
	})
	if best == nil {
		return false
	}
	// All together, or else the first so many.
	before := s.src
	sizes := []int{len(can), len(can) * 3 / 4, len(can) / 2, len(can) / 4, len(can) / 8}
	s.try(len(sizes), func(i int) []byte {
		some := map[int]bool{}
		for k := range runs {
			if can[k] && len(some) < sizes[i] {
				some[k] = true
			}
		}
		return s.without(size, some)
	}, func(_ int, src []byte, why error) {
		if len(src) < len(best) {
			best, s.why = src, why
		}
	})
	s.src = best
	s.t.Logf("%d builds left, %d bytes", s.builds, len(best))
	return len(best) < len(before)
}

// without is the program without some runs of size edits.
func (s *shrinker) without(size int, runs map[int]bool) []byte {
	src, _ := edited(s.src, s.all, func(i int) bool { return runs[i/size] })
	return src
}

// try builds n candidates, and calls fails for each that fails.
func (s *shrinker) try(n int, candidate func(i int) []byte, fails func(i int, src []byte, why error)) {
	const most = 40 // in one build
	for from := 0; from < n && s.builds > 0; from += most {
		s.builds--
		var batch [][]byte
		var index []int
		for i := from; i < min(n, from+most); i++ {
			if src := candidate(i); src != nil {
				batch, index = append(batch, src), append(index, i)
			}
		}
		for j, why := range failure(s.t, batch, s.o) {
			if why != nil {
				fails(index[j], batch[j], why)
			}
		}
	}
}
