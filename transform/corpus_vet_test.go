package transform

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/buildtag"
	"golang.org/x/tools/go/analysis/passes/composite"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/directive"
	"golang.org/x/tools/go/analysis/passes/errorsas"
	"golang.org/x/tools/go/analysis/passes/ifaceassert"
	"golang.org/x/tools/go/analysis/passes/loopclosure"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilfunc"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/analysis/passes/shift"
	"golang.org/x/tools/go/analysis/passes/stdmethods"
	"golang.org/x/tools/go/analysis/passes/structtag"
	"golang.org/x/tools/go/analysis/passes/unmarshal"
	"golang.org/x/tools/go/analysis/passes/unreachable"
	"golang.org/x/tools/go/analysis/passes/unsafeptr"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// vetAnalyzers are those of go vet that can find something in code without tests.
var vetAnalyzers = []*analysis.Analyzer{
	assign.Analyzer, atomic.Analyzer, bools.Analyzer, buildtag.Analyzer, composite.Analyzer, copylock.Analyzer,
	defers.Analyzer, directive.Analyzer, errorsas.Analyzer, ifaceassert.Analyzer, loopclosure.Analyzer,
	lostcancel.Analyzer, nilfunc.Analyzer, printf.Analyzer, shift.Analyzer, stdmethods.Analyzer, structtag.Analyzer,
	unmarshal.Analyzer, unreachable.Analyzer, unsafeptr.Analyzer, unusedresult.Analyzer,
}

// vetOutput reports what go vet finds in generated files, unless it finds the like in the sources.
func vetOutput(t *testing.T, p *load.Package, files []File) {
	t.Helper()
	if slices.ContainsFunc(p.Files, func(f *load.File) bool { return f.Cgo }) {
		return // the types of C are not known
	}
	outputs := map[string][]byte{}
	for _, f := range files {
		outputs[f.Name] = f.Content
	}
	out, err := p.CheckOutput(outputs)
	if err != nil {
		t.Error(err)
		return
	}
	sameSums(t, p, out)
	graph, err := checker.Analyze(vetAnalyzers, []*packages.Package{{
		ID: p.Path, Name: p.Name, PkgPath: p.Path, Fset: p.Fset,
		Syntax: out.Files, Types: out.Types, TypesInfo: out.Info, TypesSizes: p.Sizes,
	}}, nil)
	if err != nil {
		t.Error(err)
		return
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			t.Error(action.Err)
			continue
		}
		var found []string
		known := false
		for _, d := range action.Diagnostics {
			pos := p.Fset.Position(d.Pos)
			if strings.Contains(filepath.Base(pos.Filename), "_async") {
				found = append(found, pos.String()+": "+d.Message)
			} else {
				known = true
			}
		}
		if len(found) > 0 && !known {
			t.Errorf("%s:\n%s", action.Analyzer.Name, strings.Join(found, "\n"))
		}
	}
}

// sameSums makes sure that who looks at a package with its generated files finds the sums that are in these.
func sameSums(t *testing.T, p *load.Package, out *load.Generated) {
	t.Helper()
	q := load.Checked(p.Fset, out.Files, out.Types, out.Info)
	for _, fn := range q.Funcs {
		if fn.File.Cgo {
			continue
		}
		list, _ := q.Records(fn.File.Out)
		if want := list[fn.FullName()]; fn.Sum != want || want.Source == "" {
			t.Errorf("%s: the sums are %v, and %v in the generated file", fn.FullName(), fn.Sum, want)
		}
	}
}
