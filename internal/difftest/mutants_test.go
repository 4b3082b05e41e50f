package difftest

import (
	"encoding/json"
	"flag"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var mutate = flag.String("mutants", "", "break the rules whose name has this in it, or all, one at a time: the tests must notice")

// A mutant breaks one rule of the transform: old, which stands in the file once, becomes new.
type mutant struct{ rule, file, old, new string }

var mutants = []mutant{
	{"a call to the left of an await moves before it", "plain/order.go",
		"return h.earlyCall(e)", "return false"},
	{"the right side of && runs only where it is needed", "plain/spill.go",
		"(and.Op == token.LAND || and.Op == token.LOR) {", "and.Op == token.LOR {"},
	{"what gc copies is copied", "plain/spill.go",
		"if s.copied && after[i] && h.typeOf(e) != nil {", "if false {"},
	{"len is early", "plain/order.go",
		"return !h.private(e.Args[0])", "return false"},
	{"a slice expression is early", "plain/order.go",
		"case *ast.SliceExpr:\n\t\treturn true", "case *ast.SliceExpr:\n\t\treturn false"},
	{"a case list is an or", "plain/switch.go",
		"OpPos: e.Pos(), Op: token.LOR, Y: e}", "OpPos: e.Pos(), Op: token.LAND, Y: e}"},
	{"a range takes its operand once", "plain/rangeloop.go",
		"r.vars.constantIn(v, r.st) {", "true {"},
	{"an index that the body changes is not the counter", "plain/rangeloop.go",
		"if !r.vars.held(v) && !r.vars.writtenIn(v, r.st.Body) {", "if v != nil {"},
	{"a loop variable is one for each iteration", "lower/flow.go",
		"l.add(&ir.Renew{Vars: vars})", "_ = vars"},
	{"a loop variable is in a loop", "lower/flow.go",
		"v.InLoop = true", "v.InLoop = false"},
	{"deferred calls in a loop are a list", "lower/defer.go",
		"if loop || l.jumpedOver(c) {", "if false {"},
	{"a deferred call saves what changes", "lower/defer.go",
		"l.facts.assigned[obj] == 1 &&", "l.facts.assigned[obj] >= 1 &&"},
	{"a return assigns named results", "lower/facts.go",
		"if n.Results != nil {", "if false {"},
	{"a block shares what changes", "lower/describe.go",
		"if v.Assigned > 1 || l.facts.address[obj] || v.Role == ir.Result {", "if false {"},
	{"what a deferred call reads is kept", "layout/layout.go",
		"for _, v := range guardReads(m, d) {\n\t\t\t\tneed[v], guarded[v] = true, true", "for _, v := range guardReads(m, d) {\n\t\t\t\t_ = v"},
	{"results are kept while something is due", "layout/layout.go",
		"if v.Name != \"_\" || m.Cleanup != nil {", "if m.Cleanup != nil {"},
	{"a captured variable that changes has an identity", "layout/layout.go",
		"v.Captured && (v.Assigned > 1 || v.Role == ir.Result)", "v.Captured && v.Role == ir.Result"},
	{"a variable whose address is taken has an identity", "layout/layout.go",
		"return v.Address || ", "return "},
	{"variables that live together have slots of their own", "layout/layout.go",
		"|| overlap(used[s], states) {", "|| false {"},
	{"dead slots are cleared", "layout/layout.go",
		"l.Clears[state] = append(l.Clears[state], s)", "_ = s"},
	{"a result that lives on comes from a temporary", "emit/await.go",
		"&& !b.l.Keeping(v, t.State) &&", "&&"},
	{"a literal has the variables of its iteration", "emit/rebind.go",
		"if depth > 0 && v != nil && v.InLoop", "if false && v.InLoop"},
	{"var x T is zero each time", "emit/body.go",
		"case v.InLoop || slices.Contains(b.l.Guarded, v):", "case false:"},
	{"a guard raises the panic again", "emit/guard.go",
		"b.p(\"%s(%s)\", rtName(\"Raise\"), b.n.p)", "b.p(\"_ = %s\", b.n.p)"},
	{"a cancelled call leaves", "emit/guard.go",
		"b.p(\"if %s.Unwind() { return }\", b.n.cx)", "b.p(\"_ = %s.Unwind()\", b.n.cx)"},
	{"a Goexit in a cleanup ends the panic", "emit/guard.go",
		"b.p(\"%s = nil\", b.varName(b.m.Cleanup.Panic))", "b.varName(b.m.Cleanup.Panic)"},
	{"the opposite of < is >=", "emit/term.go",
		"token.LSS: token.GEQ", "token.LSS: token.GTR"},
	{"comparisons of floats have no opposite", "emit/term.go",
		"return ok && t.Info()&(types.IsInteger|types.IsString) != 0", "_ = t\n\treturn ok"},
}

// allMutants are those of both tables.
func allMutants() []mutant { return slices.Concat(mutants, machineMutants) }

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

// TestMutantsApply finds mutants that the transform has outgrown.
func TestMutantsApply(t *testing.T) {
	root := repository(t)
	rules := map[string]bool{}
	for _, m := range allMutants() {
		t.Run(strings.ReplaceAll(m.rule, " ", "_"), func(t *testing.T) {
			_, src := m.broken(t, root)
			if _, err := parser.ParseFile(token.NewFileSet(), m.file, src, 0); err != nil {
				t.Error(err)
			}
			if rules[m.rule] {
				t.Error("two mutants have this name")
			}
			rules[m.rule] = true
		})
	}
}

// TestMutants breaks the rules of the transform one after the other, in an overlay, and runs the tests
// of this package over what is then generated, and those of the sizes of machines. One must fail for each.
func TestMutants(t *testing.T) {
	if *mutate == "" {
		t.Skip("runs for minutes; -mutants=all")
	}
	root := repository(t)
	for _, m := range allMutants() {
		if *mutate != "all" && !strings.Contains(m.rule, *mutate) {
			continue
		}
		t.Run(strings.ReplaceAll(m.rule, " ", "_"), func(t *testing.T) {
			path, src := m.broken(t, root)
			dir := t.TempDir()
			changed := filepath.Join(dir, filepath.Base(path))
			write(t, changed, []byte(src))
			overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
			if err != nil {
				t.Fatal(err)
			}
			overlaid := "-overlay=" + filepath.Join(dir, "overlay.json")
			write(t, filepath.Join(dir, "overlay.json"), overlay)
			build := exec.Command("go", "test", "-c", overlaid, "-o", filepath.Join(dir, "test.exe"), ".")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("the mutant does not compile: %v\n%s", err, out)
			}
			run := exec.Command(filepath.Join(dir, "test.exe"), "-test.run=^(TestB|TestSeam)$", "-test.failfast", "-rounds=5")
			run.Env = append(os.Environ(), "GOFLAGS=") // the overlay is for the transform, not for what it generates
			if _, err := run.CombinedOutput(); err != nil {
				return
			}
			sizes := exec.Command("go", "test", overlaid, "-run=Sizes$", "github.com/asyncgen/asyncgen/transform")
			if out, err := sizes.CombinedOutput(); err == nil {
				t.Errorf("nobody notices:\n%s", out)
			}
		})
	}
}
