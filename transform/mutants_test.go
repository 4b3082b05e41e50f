package transform

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/internal/mutate"
)

var (
	mutantsFlag = flag.String("mutants", "", "break the compiler, in one way at a time, and see that the tests notice: all, 3/20 for every "+
		"twentieth way from the third, or those whose name has this in it")
	mutantsOther = flag.Bool("mutants.other", false, "where nothing that a test compares changes, run tests that compare something else")
	mutantsWrite = flag.Bool("mutants.write", false, "add what survives to testdata/survivors.txt")
	mutantsKnown = flag.Bool("mutants.known", false, "try those of testdata/survivors.txt, too, to see whether they still survive")
)

// broken are the files that mutants break: those that decide what is generated. What only loads, and what looks for
// mistakes of ours, is left out: tests of other packages, and nothing at all, notice there.
func broken(file string) bool {
	dir, name := filepath.Split(strings.TrimPrefix(file, "transform/internal/"))
	switch {
	case strings.HasSuffix(name, "_test.go"), name == "verify.go", name == "print.go":
		return false
	case dir == "load/":
		return slices.Contains([]string{
			"await.go", "barelit.go", "callback.go", "claim.go", "each.go", "header.go", "means.go", "nameable.go", "names.go",
			"promoted.go", "recover.go", "scan.go", "spell.go", "stream.go", "stub.go", "survey.go",
		}, name)
	}
	return slices.Contains([]string{"arrange/", "check/", "emit/", "facts/", "gc/", "ir/", "layout/", "lower/", "plain/"}, dir)
}

// TestMutants breaks the compiler in thousands of ways, one at a time, and sees that some test notices each.
// There is one binary with all of them (see package mutate), which compiles what the goldens and the tests that run
// code have, and compares with what comes out of it unbroken:
//
//   - a golden that would change, a verifier that complains and a panic are noticed at once;
//   - where only the code of functions that are run changes, these are run, of a sample those of one file;
//   - where nothing changes, the tests of the package have their turn, and with -mutants.other those of others.
//
// testdata/survivors.txt has what no test can, or does, notice, each with its reason: all others must be noticed. It
// takes a machine for hours to try all, so the list grows: -mutants.write adds to it what survives, to be judged. A
// sample fails when clearly more survive than the constant unnoticed says.
func TestMutants(t *testing.T) {
	if *mutantsFlag == "" {
		t.Skip("runs for long; -mutants=1/200")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	set, err := mutate.Load(root, []string{"./transform/internal/..."}, broken)
	if err != nil {
		t.Fatal(err)
	}
	known := survivors(t)
	list, sample := chosenMutants(t, set)
	if *mutantsFlag == "all" {
		for _, line := range known {
			if !slices.ContainsFunc(set.Mutants, survivorList{line}.has) {
				t.Errorf("testdata/survivors.txt: there is no mutant %s", line)
			}
		}
	}
	if !*mutantsKnown {
		list = slices.DeleteFunc(list, func(m mutate.Mutant) bool { return known.has(m) })
	}
	overlay, err := set.Overlay(t.TempDir(), strings.TrimSuffix(module, "/"), map[string]string{"transform": "transform"})
	if err != nil {
		t.Fatal(err)
	}
	l := &mutantLab{dir: t.TempDir(), root: root, overlay: overlay, by: map[int]string{}}
	l.judge(t, list)
	var alive []mutate.Mutant
	for _, m := range list {
		by, runs, _ := strings.Cut(l.by[m.ID], "?")
		tests := append(strings.Fields(runs), ownTests[path.Base(path.Dir(m.File))]...)
		if sample {
			tests = tests[:min(1, len(tests))]
		}
		if *mutantsOther {
			tests = append(tests, otherTests...)
		}
		if by == "" {
			by = l.runs(t, m, tests)
		}
		fmt.Printf("%s:%d: %s: %s\n", m.File, m.Line, cmp.Or(by, "nobody"), m.Name())
		switch {
		case by == "" && !known.has(m):
			alive = append(alive, m)
		case by != "" && slices.Contains(known, m.Name()):
			t.Errorf("%s:%d: %s notices, so testdata/survivors.txt is wrong\n\t%s", m.File, m.Line, by, m.Name())
		}
	}
	allowed := 0
	if sample {
		n := float64(len(list))
		allowed = int(n*unnoticed + 3*math.Sqrt(n*unnoticed*(1-unnoticed))) // three standard deviations
	}
	if *mutantsWrite {
		writeSurvivors(t, alive)
	}
	t.Logf("%d mutants, of which nobody notices %d", len(list), len(alive))
	if len(alive) > allowed {
		for _, m := range alive {
			t.Errorf("%s:%d: nobody notices\n\t%s", m.File, m.Line, m.Name())
		}
	}
}

// unnoticed is the part of the mutants that is not in the list of survivors and that no probe or test which is run in
// a sample notices, as it was measured. It is to go down.
const unnoticed = 0.30

// writeSurvivors adds mutants to the list.
func writeSurvivors(t *testing.T, alive []mutate.Mutant) {
	t.Helper()
	f, err := os.OpenFile("testdata/survivors.txt", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "\n# Not judged yet.\n")
	for _, m := range alive {
		fmt.Fprintln(f, m.Name())
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// survivors are the lines of testdata/survivors.txt: a line that begins with # is the reason for those after it. A
// line is the name of a mutant, or what the names of several begin with: of these some may be noticed.
type survivorList []string

func (s survivorList) has(m mutate.Mutant) bool {
	return slices.ContainsFunc(s, func(line string) bool {
		rest, ok := strings.CutPrefix(m.Name(), line)
		return ok && (rest == "" || line[len(line)-1] == '/' || rest[0] == ' ' || rest[0] == ':')
	})
}

func survivors(t *testing.T) (list survivorList) {
	t.Helper()
	data, err := os.ReadFile("testdata/survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	reason := false
	for line := range strings.Lines(string(data)) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "#"):
			reason = true
		case line == "":
			reason = false
		case !reason:
			t.Errorf("survivors.txt gives no reason for %q", line)
		default:
			list = append(list, line)
		}
	}
	return list
}

// chosenMutants are the mutants that the flag asks for, and whether they are a sample.
func chosenMutants(t *testing.T, set *mutate.Set) (list []mutate.Mutant, sample bool) {
	t.Helper()
	var from, step int
	if n, _ := fmt.Sscanf(*mutantsFlag, "%d/%d", &from, &step); n == 2 {
		for i := from % step; i < len(set.Mutants); i += step {
			list = append(list, set.Mutants[i])
		}
		return list, true
	}
	for _, m := range set.Mutants {
		if *mutantsFlag == "all" || strings.Contains(m.Name(), *mutantsFlag) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		t.Fatalf("-mutants=%s: no mutant has this in its name", *mutantsFlag)
	}
	return list, false
}

// A mutantLab has the binaries with all mutants in them.
type mutantLab struct {
	dir, root, overlay string

	mu   sync.Mutex
	by   map[int]string // who notices a mutant; "?" and names where tests have to run
	exes map[string]string
}

// exe is the binary with the tests of a package.
func (l *mutantLab) exe(t *testing.T, pkg string) string {
	t.Helper()
	if l.exes[pkg] == "" {
		name := filepath.Join(l.dir, filepath.Base(pkg)+".exe")
		build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", l.overlay, "-ldflags=-s -w", "-o", name, "./"+pkg)
		build.Dir = l.root
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("the mutants do not compile: %v\n%s", err, out)
		}
		if l.exes == nil {
			l.exes = map[string]string{}
		}
		l.exes[pkg] = name
	}
	return l.exes[pkg]
}

// judge lets other processes try the mutants, and starts another where one ends before its time.
func (l *mutantLab) judge(t *testing.T, list []mutate.Mutant) {
	t.Helper()
	exe, base := l.exe(t, "transform"), filepath.Join(l.dir, "base.json")
	if out, err := l.judges(exe, base, nil).CombinedOutput(); err != nil {
		t.Fatalf("without a mutant: %v\n%s", err, out)
	}
	var ids []string
	for _, m := range list {
		ids = append(ids, strconv.Itoa(m.ID))
	}
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for n := range workers {
		var mine []string
		for i := n; i < len(ids); i += workers {
			mine = append(mine, ids[i])
		}
		wg.Go(func() {
			for len(mine) > 0 {
				done := l.judgeSome(t, exe, base, mine)
				mine = mine[done:]
			}
		})
	}
	wg.Wait()
}

func (l *mutantLab) judges(exe, base string, ids []string) *exec.Cmd {
	c := exec.Command(exe, "-test.run=^TestJudge$", "-test.timeout=0")
	c.Dir = filepath.Join(l.root, "transform")
	c.Env = append(os.Environ(), "MUTANTS_BASE="+base, "MUTANTS="+strings.Join(ids, " "), "GOMAXPROCS=1")
	return c
}

// verdict is a line that TestJudge prints.
var verdict = regexp.MustCompile(`^mutant (\d+): (.*)$`)

// judgeSome runs one process, and gives how many mutants that has tried. One with which it ends is noticed.
func (l *mutantLab) judgeSome(t *testing.T, exe, base string, ids []string) (done int) {
	c := l.judges(exe, base, ids)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Error(err)
		return len(ids)
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		if m := verdict.FindStringSubmatch(s.Text()); m != nil {
			l.found(m[1], m[2])
			done++
		}
	}
	if err := c.Wait(); err != nil && done < len(ids) {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		l.found(ids[done], "the end of the process: "+cmp.Or(first, err.Error()))
		done++
	}
	return done
}

func (l *mutantLab) found(id, by string) {
	n, _ := strconv.Atoi(id) // both sides write it
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by[n] = by
}

// ownTests are those of packages without goldens that have a part here, and otherTests what else makes the compiler
// do something.
var (
	ownTests = map[string][]string{
		"check": {"transform/internal/check:."},
		"emit":  {"transform/internal/emit:."},
		"facts": {"transform/internal/facts:."},
		"gc":    {"transform/internal/gc:."},
		"load":  {"transform/internal/load:.", "transform/internal/loader:."},
	}
	otherTests = []string{
		"transform:Promoted|Verifier|Dump|Names|Files|Cores|Predeclared|Linear|Signature|Sum|Meaning|Written|B2_34|B6_89|FuzzCompile",
		"transform:Comments",
	}
)

// runs runs tests with a mutant, and gives the first that notices it.
func (l *mutantLab) runs(t *testing.T, m mutate.Mutant, tests []string) (by string) {
	t.Helper()
	for _, test := range tests {
		pkg, source, _ := strings.Cut(test, ":")
		args := []string{"-test.run=" + source}
		switch pkg {
		case "internal/difftest":
			args = []string{"-test.run=^(TestB|TestSeam)$", "-only=" + source, "-rounds=5", "-forms.quick"}
		case "internal/progen":
			args = []string{"-test.run=^TestForms$", "-seed=" + source, "-progen.n=1", "-progen.shrink=false"}
		}
		c := exec.Command(l.exe(t, pkg), append(args, "-test.failfast", "-test.timeout=0")...)
		c.Dir = filepath.Join(l.root, filepath.FromSlash(pkg))
		steps := int64(1 << 26) // some times what these tests need
		if pkg == "transform" {
			steps = 1 << 32
		}
		c.Env = append(os.Environ(), "GOFLAGS=", fmt.Sprint("MUTANT=", m.ID), fmt.Sprint("MUTANT_STEPS=", steps))
		out, err := c.CombinedOutput()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			return cmp.Or(failedTest(out), test)
		case err != nil:
			t.Fatal(err)
		}
	}
	return ""
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// failedTest is the last of the tests that a run names as failed, which is the innermost.
func failedTest(out []byte) string {
	all := failLine.FindAllSubmatch(out, -1)
	if len(all) == 0 {
		return ""
	}
	return string(all[len(all)-1][1])
}

// mutants is set in the binary that has them.
var mutants mutate.Switches

// A judged is what is known of a probe without a mutant.
type judged struct {
	Out   string
	Steps int64
	Seen  []int
}

// TestJudge is run by TestMutants, in the binary that has mutants.
func TestJudge(t *testing.T) {
	if mutants.Select == nil {
		t.Skip("run by TestMutants")
	}
	probes := allProbes(t)
	base := map[string]judged{}
	if data, err := os.ReadFile(os.Getenv("MUTANTS_BASE")); err == nil {
		if err := json.Unmarshal(data, &base); err != nil {
			t.Fatal(err)
		}
	} else {
		for _, p := range probes {
			mutants.Seen()
			mutants.Limit(0)
			out := p.run()
			base[p.name] = judged{out, mutants.Steps(), slices.Collect(maps.Keys(mutants.Seen()))}
		}
		data, err := json.Marshal(base)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(os.Getenv("MUTANTS_BASE"), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[int][]probe{}
	slices.SortStableFunc(probes, func(a, b probe) int {
		return cmp.Or(cmp.Compare(len(a.runs), len(b.runs)), cmp.Compare(base[a.name].Steps, base[b.name].Steps))
	})
	for _, p := range probes {
		for _, id := range base[p.name].Seen {
			seen[id] = append(seen[id], p)
		}
	}
	for _, word := range strings.Fields(os.Getenv("MUTANTS")) {
		id, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("mutant %d: %s\n", id, tryMutant(id, seen[id], base))
	}
}

// tryMutant is who notices a mutant, or the tests that have to run.
func tryMutant(id int, probes []probe, base map[string]judged) (by string) {
	if len(probes) == 0 {
		return ""
	}
	defer mutants.Limit(0)
	defer mutants.Select(0)
	var runs []string
	for _, p := range probes {
		if len(runs) > 2 && p.runs != "" {
			break
		}
		if slices.Contains(runs, p.runs) {
			continue
		}
		mutants.Select(id)
		mutants.Limit(2*base[p.name].Steps + 100_000)
		out := p.run()
		switch {
		case out == base[p.name].Out:
		case p.runs == "" || strings.HasPrefix(out, failedProbe):
			return p.name
		default:
			runs = append(runs, p.runs)
		}
	}
	if len(runs) > 0 {
		return "?" + strings.Join(runs, " ")
	}
	return ""
}
