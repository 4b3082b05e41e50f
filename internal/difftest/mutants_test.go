package difftest

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var mutate = flag.String("mutants", "", "break the rules of the transform, one at a time, and see that the tests notice: all, "+
	"those whose name has this in it, or 3/20 for every twentieth from the third")

// A mutant breaks one rule of the transform: old, which stands in the file once, becomes new. The test
// by notices it: a function of testdata, or a package, seen from transform, and a test of it.
type mutant struct{ rule, file, old, new, by string }

// mutants are those of all passes.
var mutants = slices.Concat(plainMutants, orderMutants, lowerMutants, layoutMutants, emitMutants, hiddenMutants, recoverMutants)

// chosen are the mutants that the flag asks for.
func chosen(t *testing.T) (list []mutant) {
	t.Helper()
	var from, step int
	if n, _ := fmt.Sscanf(*mutate, "%d/%d", &from, &step); n == 2 {
		for i := from % step; i < len(mutants); i += step {
			list = append(list, mutants[i])
		}
		return list
	}
	for _, m := range mutants {
		if *mutate == "all" || strings.Contains(m.rule, *mutate) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		t.Errorf("-mutants=%s: no rule has this in its name", *mutate)
	}
	return list
}

// broken is the file that m breaks, and what is then in it.
func (m mutant) broken(t *testing.T, root string) (path, src string) {
	t.Helper()
	path = filepath.Join(root, "transform", "internal", filepath.FromSlash(m.file))
	src = string(read(t, path))
	if n := strings.Count(src, m.old); n != 1 {
		t.Fatalf("%s: %s has %q %d times", m.rule, m.file, m.old, n)
	}
	return path, strings.Replace(src, m.old, m.new, 1)
}

// TestMutantsApply finds mutants that the transform has outgrown, and tests that are gone.
func TestMutantsApply(t *testing.T) {
	root := repository(t)
	rules := map[string]bool{}
	for _, m := range mutants {
		t.Run(strings.ReplaceAll(m.rule, " ", "_"), func(t *testing.T) {
			_, src := m.broken(t, root)
			if _, err := parser.ParseFile(token.NewFileSet(), m.file, src, 0); err != nil {
				t.Error(err)
			}
			if rules[m.rule] {
				t.Error("two mutants have this name")
			}
			rules[m.rule] = true
			if pkg, test, ok := strings.Cut(m.by, " "); ok {
				if !hasTest(t, filepath.Join(root, "transform", filepath.FromSlash(pkg)), test) {
					t.Errorf("package %s has no %s", pkg, test)
				}
			} else if sourceOf(t, m.by) == "" {
				t.Errorf("no case %q in testdata", m.by)
			}
		})
	}
}

// hasTest says whether a package has a test, whose case is a file of its testdata or a golden.
func hasTest(t *testing.T, dir, test string) bool {
	t.Helper()
	test, sub, _ := strings.Cut(test, "/")
	for _, name := range glob(t, dir, "*_test.go") {
		if !strings.Contains(string(read(t, name)), "func "+test+"(") {
			continue
		}
		if sub == "" {
			return true
		}
		for _, pattern := range []string{
			"testdata/" + sub + ".*", "testdata/*/" + strings.TrimPrefix(test, "Test") + "_" + sub + ".*", "testdata/*/" + sub + ".*",
			"../testdata/golden/" + sub + ".*",
		} {
			if len(glob(t, dir, filepath.FromSlash(pattern))) > 0 {
				return true
			}
		}
	}
	return false
}

// sourceOf is the name of the package of testdata that has the case fn, "" if there is none or more than one.
func sourceOf(t *testing.T, fn string) (source string) {
	t.Helper()
	isCase := regexp.MustCompile(`(?m)^//forms:run.*\nfunc ` + regexp.QuoteMeta(fn) + `\(`)
	for _, dir := range []string{"b", "seam"} {
		for _, name := range glob(t, "testdata", dir, "*.go") {
			switch {
			case !isCase.Match(read(t, name)):
			case source != "":
				t.Errorf("%s and %s have a case %s", source, filepath.Base(name), fn)
				return ""
			default:
				source = strings.TrimSuffix(filepath.Base(name), ".go")
			}
		}
	}
	return source
}

// TestMutants breaks the rules of the transform one after the other, in an overlay, and runs the test
// that is known to notice. If it does not, all others run, and the name of one that does is the message.
func TestMutants(t *testing.T) {
	if *mutate == "" {
		t.Skip("runs for minutes; -mutants=all")
	}
	root := repository(t)
	list := chosen(t)
	t.Run("none", func(t *testing.T) { unbroken(t, list, root) })
	for _, m := range list {
		t.Run(strings.ReplaceAll(m.rule, " ", "_"), func(t *testing.T) {
			o := newOverlay(t, m, root)
			if m.by != "" && o.runs(t, m.by) != "" {
				return
			}
			switch other := o.runsAll(t); other {
			case "":
				t.Error("nobody notices")
			default:
				t.Errorf("%s notices, and not %q", other, m.by)
			}
		})
	}
}

// unbroken runs the tests that are to notice the mutants without any: they must have nothing to say.
func unbroken(t *testing.T, list []mutant, root string) {
	if len(list) == 0 {
		return
	}
	same := list[0]
	same.new = same.old
	o := newOverlay(t, same, root)
	cases := map[string][]string{}
	for _, m := range list {
		if pkg, test, ok := strings.Cut(m.by, " "); !ok {
			cases[sourceOf(t, m.by)] = append(cases[sourceOf(t, m.by)], m.by)
		} else if failed := o.elsewhere(t, pkg, test); failed != "" {
			t.Errorf("%s fails without a mutant", m.by)
		}
	}
	for source, names := range cases {
		if failed := o.here(t, "-test.run=^(TestB|TestSeam)$/^("+strings.Join(names, "|")+")$", "-only="+source); failed != "" {
			t.Errorf("%s fails without a mutant", failed)
		}
	}
}

// An overlay is the transform with one mutant in it.
type overlay struct {
	flag string // of the go command
	exe  string // the tests of this package
}

func newOverlay(t *testing.T, m mutant, root string) *overlay {
	t.Helper()
	path, src := m.broken(t, root)
	dir := t.TempDir()
	changed := filepath.Join(dir, filepath.Base(path))
	write(t, changed, []byte(src))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "overlay.json"), list)
	return &overlay{flag: "-overlay=" + filepath.Join(dir, "overlay.json"), exe: filepath.Join(dir, "test.exe")}
}

// runs runs one test, and gives the name of what fails in it.
func (o *overlay) runs(t *testing.T, by string) (failed string) {
	t.Helper()
	if pkg, test, ok := strings.Cut(by, " "); ok {
		return o.elsewhere(t, pkg, test)
	}
	source := sourceOf(t, by)
	return o.here(t, "-test.run=^(TestB|TestSeam)$/^"+by+"$", "-only="+source)
}

// runsAll runs all tests of what is generated, the fast ones first.
func (o *overlay) runsAll(t *testing.T) (failed string) {
	t.Helper()
	for _, pkg := range []string{"internal/layout", "internal/lower", "", "internal/plain", "."} {
		if pkg == "" {
			failed = o.here(t, "-test.run=^(TestB|TestSeam)$")
		} else if failed = o.elsewhere(t, pkg, "^Test(Layout|Lower|Golden|B.*)"); failed != "" {
			failed = pkg + " " + failed
		}
		if failed != "" {
			return failed
		}
	}
	return ""
}

// here runs tests of this package. The overlay is for the transform, not for what that generates.
func (o *overlay) here(t *testing.T, args ...string) (failed string) {
	t.Helper()
	if _, err := os.Stat(o.exe); err != nil {
		if out, err := exec.Command("go", "test", "-c", o.flag, "-ldflags=-s -w", "-o", o.exe, ".").CombinedOutput(); err != nil {
			t.Fatalf("the mutant does not compile: %v\n%s", err, out)
		}
	}
	run := exec.Command(o.exe, append(args, "-test.failfast", "-rounds=5", "-forms.quick")...)
	run.Env = append(os.Environ(), "GOFLAGS=")
	out, err := run.CombinedOutput()
	return failure(string(out), err)
}

// elsewhere runs tests of a package, seen from transform.
func (o *overlay) elsewhere(t *testing.T, pkg, test string) (failed string) {
	t.Helper()
	pkg = path.Join("github.com/asyncgen/asyncgen/transform", pkg)
	out, err := exec.Command("go", "test", o.flag, "-failfast", "-run="+test, pkg).CombinedOutput()
	if strings.Contains(string(out), "[build failed]") {
		t.Fatalf("the mutant does not compile: %v\n%s", err, out)
	}
	return failure(string(out), err)
}

// failed finds the tests that fail, outer before inner.
var failed = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// failure is the innermost test that a run says has failed, "" where none has.
func failure(out string, err error) string {
	if err == nil {
		return ""
	}
	name := "a test"
	for _, f := range failed.FindAllStringSubmatch(out, -1) {
		if name != "a test" && !strings.HasPrefix(f[1], name) {
			break
		}
		name = f[1]
	}
	return strings.TrimPrefix(strings.TrimPrefix(name, "TestB/"), "TestSeam/")
}
