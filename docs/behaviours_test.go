package docs

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
)

// A behaviour is a line of the list that a transform of Go is measured by.
type behaviour struct {
	title  string
	also   string   // tests that do not have its number in their names
	remark []string // what else there is to say, or why there is no test
}

// A part of a list, with the number of its first line.
type part struct {
	title string
	first int
	lines []behaviour
}

// compilerParts are the behaviours of a transform.
var compilerParts = []part{
	{"B1: order of evaluation", 1, []behaviour{
		{"`&&` and `||` run their right side only where it is needed", "golden short-circuit", nil},
		{"calls and awaits run from left to right in lists, literals, trees and chains", "golden call-order, golden composite-literal", nil},
		{"plain reads are late", "golden late-read", nil},
		{"what is early all the same: len, slices, assertions, map literals, tags, conversions", "golden early-operand", nil},
		{"panics come with the reads, late or early", "", nil},
		{"op-assignments evaluate operands once, and read late", "golden op-assign", nil},
		{"parallel assignments: operands, then values, then stores", "golden parallel-assign, golden assign-index", nil},
		{"return statements", "golden return-order, golden many-returns", nil},
		{"an await in the operands of another, and twice in one expression", "golden nested-await", nil},
		{"what is called, or indexed, is the result of a call", "golden method-chain", nil},
		{"constants and shifts keep the type of their context", "golden untyped-constant", nil},
		{"conversions to interface types around an await", "golden typed-nil, golden conversion", nil},
		{"several results that are passed on, and lists that are spread", "golden spread-call, golden multi-value", nil},
		{"comma-ok forms", "golden comma-ok", nil},
		{"slicing, and built-in functions", "golden slice-expression", nil},
		{"a future is made with its arguments, and runs when polled", "golden future-value", nil},
	}},
	{"B2: variables and scopes", 17, []behaviour{
		{"each iteration of a for loop has variables of its own", "golden loop-variable", nil},
		{"but not in files before go1.22", "golden loop-variable-go121", nil},
		{"range loops, with := and =", "golden range-variable", nil},
		{"var x T is zero each time", "golden var-zero", nil},
		{"shadowing", "golden shadowing, golden result-shadowed", nil},
		{"names of the universe, of packages and of rt in other meanings", "golden shadowed-universe, golden import-names", nil},
		{"closures and the body share variables over a suspension", "golden capture", nil},
		{"pointers stay valid", "golden address-taken", nil},
		{"copies are copies", "golden copies", nil},
		{"method values bind their receiver", "", nil},
		{"blank parameters, results, receivers, type parameters", "golden blank, golden result-blank, golden parameters", nil},
		{"locals of all kinds of types, also of those that cannot be named", "golden hidden-type, golden hidden-type-uses, golden type-not-imported, script bad_unnameable", nil},
		{"local types and constants", "golden local-type, golden local-type-generic", nil},
		{"a mutex is locked over a suspension", "", nil},
		{"what is dead is let go while a call waits", "", nil},
		{"what a deferred call or a closure needs is not", "", nil},
		{"variables that never live together share a slot", "golden shared-slots, golden sizes", nil},
		{"what is not read after an await is no field", "golden sizes", nil},
	}},
	{"B3: control flow", 35, []behaviour{
		{"if and else if, with init statements", "golden if-else", nil},
		{"all forms of for", "golden for-header", nil},
		{"labelled break and continue", "golden labels", nil},
		{"goto", "golden goto, golden label-in-leaf", nil},
		{"switch", "golden switch-case, golden switch-fallthrough, golden switch-true", nil},
		{"type switch", "golden type-switch, golden type-switch-clause", nil},
		{"range over slices, arrays, strings, integers, channels, maps", "golden range-slice, golden range-array, golden range-string, golden range-int, golden range-channel, golden range-map, golden range-generic", nil},
		{"range over iterator functions", "golden range-func, golden range-func-named, golden range-stream", nil},
		{"select on native channels", "golden select", nil},
		{"ends of functions, and dead code", "golden panic-end", nil},
		{"blocks, deep nesting, long functions", "transform.TestLinear", nil},
		{"what does not await is left as it is", "golden if-untouched, bench.TestB6_96_Allocations", nil},
		{"a loop that never waits does not grow the stack", "", nil},
	}},
	{"B4: defer, panic, recover, results", 48, []behaviour{
		{"deferred calls run last first, whatever ends the call", "golden defer-order, golden defer-conditional, golden defer-in-loop", nil},
		{"what a defer statement evaluates", "golden defer-method, golden defer-result, golden defer-local", nil},
		{"where recover recovers", "golden recover", nil},
		{"panics before, after and in calls, replaced and repeated", "golden repanic", nil},
		{"results that deferred calls change", "golden recover-named, golden result-named", nil},
		{"runtime.Goexit", "", nil},
		{"a cancel at each await", "golden defer-cancel", nil},
		{"a cancel before the first poll, and after the end", "", nil},
		{"panics in cleanup", "", nil},
		{"built-in functions that are deferred", "golden defer-builtin", nil},
		{"deferred literals that await", "golden defer-await", nil},
		{"polls after the end, after a panic, and from inside", "rt.TestMisuseOfABox, rt.TestA4_61_PollAfterPanic", []string{"all cases of internal/difftest are polled after their end"}},
	}},
	{"B5: functions, methods, generics, packages", 60, []behaviour{
		{"methods, embedding, method expressions, interfaces", "golden embedded, golden interface, golden method-pointer, golden method-expression", nil},
		{"recursion, also over files and packages", "golden recursion, golden two-files, golden two-packages", nil},
		{"generic functions and types", "golden generic, golden generic-error, golden method-generic", nil},
		{"parameters of all kinds", "golden variadic, golden callback", nil},
		{"how results become those of a future", "golden results, script bad_directive", nil},
		{"async blocks", "golden block-value, golden block-func, golden group, golden go-task", nil},
		{"an await in an ordinary literal", "transform/internal/check.TestCheck/literals", nil},
		{"a call of a marked function is an await", "golden straight-line, golden runtime", nil},
		{"calls that hide that they block", "transform/vet.TestRules/blocking", nil},
		{"imports", "golden import-names", nil},
		{"file names, build constraints, language versions", "transform/internal/load.TestOutput, transform/internal/loader.TestVersions", nil},
		{"cgo", "transform/internal/check.TestCheck/cgo", nil},
		{"missing, stale and foreign files; errors of the user's", "script bad_orphan, script bad_notours, script bad_edited, script bad_types, script check", nil},
		{"the same bytes each time", "transform.TestDeterminism, script bad_readonly", nil},
		{"variables of the package that are initialised with async forms", "golden init-order", nil},
		{"comments and directives", "golden line-comment", nil},
		{"modules of all kinds", "script gotool", nil},
		{"generated code passes the tools; `.ci/run` runs all cases under the race detector", "transform.TestGolden", nil},
		{"names that are taken", "script bad_collision, transform/internal/check.TestCheck/collision", nil},
	}},
	{"B6: properties of machines", 79, []behaviour{
		{"variables of one kind in different branches", "", nil},
		{"what was assigned before a panic", "", nil},
		{"what is assigned on some ways only", "", nil},
		{"parameters are closed in order", "", nil},
		{"parts of structs", "golden struct-fields", nil},
		{"small values keep their bits", "", nil},
		{"a big value is stored once", "golden big-value, golden sizes", nil},
		{"awaits on both sides of overlapping targets", "golden parallel-assign", nil},
		{"results that nobody reads", "golden discarded-results", nil},
		{"an await that is returned", "golden tail-await, golden sizes", nil},
		{"numbers, names and lines of states are stable", "golden sizes", nil},
		{"a dump names the line of each await", "", []string{"the dump comes with the tools that look at a running program; the lines are those of 89"}},
		{"a machine is serialised", "", []string{"comes with durable state"}},
		{"random programs", "internal/progen.TestForms", nil},
		{"run-programs of the Go distribution", "", nil},
		{"any input", "transform.FuzzCompile", nil},
		{"mutants", "transform.TestMutants, internal/mutate.TestOperators", nil},
		{"a ready await allocates nothing", "bench.BenchmarkTasks", nil},
	}},
}

// TestBehaviours writes behaviours.md: for each line of the list the tests that have its number in their
// names, and those that we name here, which must exist. A line without any fails.
func TestBehaviours(t *testing.T) {
	found := numbered(t)
	var b strings.Builder
	b.WriteString(behavioursHead)
	writeParts(t, &b, compilerParts, found["B"])
	b.WriteString(runtimeHead)
	writeParts(t, &b, runtimeParts, found["A"])
	golden.File(t, "behaviours.md", []byte(b.String()))
}

// writeParts writes the parts of a list.
func writeParts(t *testing.T, b *strings.Builder, parts []part, found map[int][]string) {
	t.Helper()
	n := 1
	for _, part := range parts {
		if part.first != n {
			t.Errorf("%s begins with %d, want %d", part.title, part.first, n)
		}
		fmt.Fprintf(b, "\n## %s\n\n| line | what | tests |\n|---|---|---|\n", part.title)
		for _, line := range part.lines {
			tests := found[n]
			delete(found, n)
			if line.also != "" {
				for _, name := range strings.Split(line.also, ", ") {
					checkTest(t, n, name)
				}
				tests = append(tests, line.also)
			}
			tests = append(tests, line.remark...)
			if len(tests) == 0 {
				t.Errorf("line %d, %s, has no test", n, line.title)
			}
			fmt.Fprintf(b, "| %d | %s | %s |\n", n, strings.ReplaceAll(line.title, "|", `\|`), strings.Join(tests, ", "))
			n++
		}
	}
	for n, tests := range found {
		t.Errorf("%s: there is no line %d", tests, n)
	}
}

const behavioursHead = `# Behaviours

What a transform of Go has to get right, line by line, and the tests that show it. The numbers are those of the list
from which we work; a test has the number of its line in its name, as B1_03_lateIndex has part B1 and line 3.
[docs/behaviours_test.go](behaviours_test.go) writes this page, and fails if a line has no test.

Names without more are functions of internal/difftest/testdata, which run in both forms under many scripts; *plain* is for
programs of transform/internal/plain/testdata/run, which run as they are and as plain Go; *script* for those of
cmd/asyncgen/testdata/script, *golden* for testdata/golden. Others are tests of a package.
`

const runtimeHead = `
## The runtime

The lines of the second list, A, are about the runtime. All names are those of tests of packages.
`

// number is that of a line, in the name of a test.
var number = regexp.MustCompile(`([AB])\d+_(\d+)_`)

// numbered finds the tests whose names have numbers, by their list and these.
func numbered(t *testing.T) map[string]map[int][]string {
	t.Helper()
	found := map[string]map[int][]string{"A": {}, "B": {}}
	add := func(name string, format string) {
		for _, m := range number.FindAllStringSubmatch(name+"_", -1) {
			n := 0
			fmt.Sscan(strings.TrimPrefix(m[2], "0"), &n)
			found[m[1]][n] = append(found[m[1]][n], fmt.Sprintf(format, name))
		}
	}
	funcs := regexp.MustCompile(`(?m)^func (B\d_\d\d_\w+)\(`)
	for _, name := range glob(t, "../internal/difftest/testdata/b/*.go") {
		for _, m := range funcs.FindAllStringSubmatch(read(t, name), -1) {
			add(m[1], "%s")
		}
	}
	for _, name := range glob(t, "../transform/internal/plain/testdata/run/B*.txtar") {
		add(strings.TrimSuffix(filepath.Base(name), ".txtar"), "plain %s")
	}
	for _, name := range glob(t, "../cmd/asyncgen/testdata/script/B*.txtar") {
		add(strings.TrimSuffix(filepath.Base(name), ".txtar"), "script %s")
	}
	tests := regexp.MustCompile(`(?m)^func Test([AB]\d+_\d+_\w+)\(`)
	err := filepath.WalkDir("..", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range tests.FindAllStringSubmatch(read(t, name), -1) {
				rel := strings.TrimPrefix(path.Dir(filepath.ToSlash(name)), "../")
				add(m[1], rel+".Test%s")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range found {
		for n, names := range list {
			slices.Sort(names)
			list[n] = slices.Compact(names)
		}
	}
	return found
}

// checkTest fails if there is no such test.
func checkTest(t *testing.T, line int, name string) {
	t.Helper()
	kind, file, ok := strings.Cut(name, " ")
	switch {
	case ok && kind == "golden":
		if len(glob(t, "../testdata/golden/"+file+".*")) == 0 {
			t.Errorf("line %d: there is no %s", line, name)
		}
	case ok && kind == "script":
		if len(glob(t, "../cmd/asyncgen/testdata/script/"+file+".txtar")) == 0 {
			t.Errorf("line %d: there is no %s", line, name)
		}
	default:
		pkg, test, _ := strings.Cut(name, ".")
		test, sub, _ := strings.Cut(test, "/")
		has := false
		for _, file := range glob(t, "../"+pkg+"/*_test.go") {
			has = has || strings.Contains(read(t, file), "func "+test+"(")
		}
		if !has || sub != "" && len(glob(t, "../"+pkg+"/testdata/"+sub+".txtar")) == 0 {
			t.Errorf("line %d: there is no %s", line, name)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.FromSlash(pattern))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
