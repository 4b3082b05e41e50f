package vet

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

var logAll = flag.Bool("findings", false, "let TestStandard log each finding in functions that are taken for marked ones")

var standard = flag.String("packages", "", "packages of the standard library that TestStandard looks at, such as std")

// sample are packages with many goroutines, channels, locks, func values and loops.
const sample = "net/http net net/rpc context os/exec sync log testing/iotest encoding/json go/types io text/template database/sql"

// TestStandard runs the rules over packages that have nothing to do with rt, where nothing may be found.
// Drivers do not get so far: a package that does not reach rt is skipped.
//
// Then it takes every function for a marked one, and logs what would be found. Nothing in these packages
// awaits, so only the rules about blocking and about loops can say something, and what they say of a
// channel is true.
func TestStandard(t *testing.T) {
	patterns := strings.Fields(sample)
	if *standard != "" {
		patterns = strings.Fields(*standard)
	}
	pkgs, err := loader.Load(loader.Config{Patterns: patterns, NoTests: true, Bodies: true})
	if err != nil {
		t.Fatal(err)
	}
	asMarked := map[string]int{}
	funcs, calls := 0, 0
	for _, p := range pkgs {
		c := checkAs(p, false)
		for rule, list := range c.found {
			for _, d := range list {
				t.Errorf("%s: %s: %s", p.Position(d.Pos), rule, d.Message)
			}
		}
		c = checkAs(p, true)
		for _, list := range c.found {
			for _, d := range list {
				asMarked[d.Category]++
				if d.Category == diag.HotLoop || *logAll {
					t.Logf("%s: %s", p.Position(d.Pos), d.Message)
				}
				if d.Category != diag.HotLoop && d.Category != diag.BlockingCall && d.Category != diag.BlockingChan {
					t.Errorf("as if it were marked: %s: %s", p.Position(d.Pos), d.Message)
				}
			}
		}
		for _, u := range c.units {
			u.calls(func(*ast.CallExpr) { calls++ })
		}
		funcs += len(c.units)
	}
	if calls < 10000 {
		t.Errorf("only %d calls looked at", calls)
	}
	t.Logf("%d packages, %d functions and literals, %d calls; if all were async: %v", len(pkgs), funcs, calls, asMarked)
}

// checkAs runs the rules over one package. With marked, all of its code counts as async.
func checkAs(p *load.Package, marked bool) *checker {
	type key struct {
		obj  types.Object
		kind reflect.Type
	}
	facts := map[key]analysis.Fact{}
	pass := &analysis.Pass{
		Fset: p.Fset, Pkg: p.Types, TypesInfo: p.Info,
		ExportObjectFact: func(obj types.Object, f analysis.Fact) { facts[key{obj, reflect.TypeOf(f)}] = f },
		ImportObjectFact: func(obj types.Object, f analysis.Fact) bool {
			have := facts[key{obj, reflect.TypeOf(f)}]
			if have != nil {
				reflect.ValueOf(f).Elem().Set(reflect.ValueOf(have).Elem())
			}
			return have != nil
		},
	}
	for _, f := range p.Files {
		pass.Files = append(pass.Files, f.Syntax)
	}
	c := newChecker(pass)
	if marked {
		for _, u := range c.units {
			u.async = u.async || u.role != load.LitStarted && u.role != load.LitPlain && u.role != load.LitOrdinary || u.lit == nil
		}
	}
	c.runRules()
	return c
}

// TestMarked marks every function of packages that have nothing to do with rt, so that calls within a
// package are awaits, and logs what is found: with the code as it is, what would a user be told? All rules
// have something to say here, about code that nobody wrote for them.
func TestMarked(t *testing.T) {
	patterns := strings.Fields(sample)
	if *standard != "" {
		patterns = strings.Fields(*standard)
	}
	pkgs, err := loader.Load(loader.Config{Patterns: patterns, NoTests: true, Bodies: true})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	marked, awaits, packages := 0, 0, 0
	for _, plain := range pkgs {
		p, err := loader.Source(plain.Path, markedFiles(plain))
		if p == nil {
			t.Fatal(err)
		}
		if !p.Valid() {
			continue // it needs C, or the compiler knows more of it than its source says
		}
		packages++
		marked += len(p.Funcs)
		c := checkAs(p, false)
		for _, u := range c.units {
			u.calls(func(call *ast.CallExpr) {
				if u.async && c.awaits(call) {
					awaits++
				}
			})
		}
		for _, list := range c.found {
			for _, d := range list {
				if strings.HasPrefix(d.Category, "AG00") {
					continue // what cannot be marked
				}
				counts[d.Category]++
				if *logAll {
					t.Logf("%s: %s", p.Position(d.Pos), d.Message)
				}
			}
		}
	}
	if awaits < 1000 {
		t.Errorf("only %d awaits", awaits)
	}
	t.Logf("%d packages, %d marked functions, %d awaits: %v", packages, marked, awaits, counts)
}

var funcLine = regexp.MustCompile(`(?m)^func\b`)

// markedFiles are the files of a package with all functions marked, and with the runtime imported. The
// standard library keeps what it imports from elsewhere below vendor.
func markedFiles(p *load.Package) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range p.Files {
		src := funcLine.ReplaceAll(f.Src, []byte("//async:func\nfunc"))
		src = bytes.ReplaceAll(src, []byte("\t\"golang.org/x/"), []byte("\t\"vendor/golang.org/x/"))
		files[filepath.Base(f.Name)] = src
	}
	files["zz_rt.go"] = []byte("package " + p.Name + "\n\nimport _ \"" + load.RuntimePath + "\"\n")
	return files
}

// TestExamples runs the rules over the examples, which are meant to show how it is done.
func TestExamples(t *testing.T) {
	list, err := Run(Config{Dir: "../../examples", Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	meant := map[string]bool{
		"laziness.go AG0401": true, // a future that nobody polls, to show that nothing happens
		"choice.go AG0413":   true, // the error of who has lost, to show what it is
	}
	found := map[string]bool{}
	for _, f := range list {
		key := fmt.Sprintf("%s %s", filepath.Base(f.File), f.Rule)
		found[key] = true
		if !meant[key] {
			t.Error(f)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(meant)) {
		if !found[key] {
			t.Errorf("not found: %s", key)
		}
	}
}
