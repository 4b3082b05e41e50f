package transform

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

var (
	goroot = flag.String("goroot", "", "programs of $GOROOT/test for TestB6_93_Programs, as patterns separated by commas")
	noOpt  = flag.Bool("forms.noopt", false, "build them without optimisation")
)

// programs are those of $GOROOT/test that a test without flags runs.
var programs = "closure4.go,defer.go,recover1.go,range4.go,switch.go,method5.go,stringrange.go,map.go," +
	"append.go,func8.go,ken/rob2.go,typeparam/orderedmap.go,typeparam/lockable.go"

// failing are the programs that do not do the same in the async form, and why. The list may only shrink.
// Programs whose goroutines wait for each other on channels are not in it: as tasks they block the workers.
var failing = map[string]string{
	"closure.go":                     "counts allocations",
	"devirtualization_nil_panics.go": "looks at the lines of its own file",
	"divmod.go":                      "takes minutes with an await before each statement",
	"finprofiled.go":                 "looks at a memory profile",
}

// TestB6_93_Programs runs programs of the Go distribution in the async form: each function is marked, with an
// await before each of its statements, and main is a future. They must print and exit as they do as they are.
//
//	go test ./transform -run B6_93 -goroot='*.go,ken/*.go,chan/*.go,typeparam/*.go'
func TestB6_93_Programs(t *testing.T) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "test")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("this Go has no directory test")
	}
	patterns := programs
	if *goroot != "" {
		patterns = *goroot
	}
	var list []*program
	for _, pattern := range strings.Split(patterns, ",") {
		names, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if p := newProgram(t, dir, name); p != nil {
				list = append(list, p)
			}
		}
	}
	if len(list) == 0 {
		t.Fatal("there are no programs")
	}
	const batch = 40
	for batch := range slices.Chunk(list, batch) {
		runPrograms(t, batch)
	}
}

// A program is one file of package main.
type program struct {
	name string // closure4.go
	dir  string // below the module
	src  []byte
}

// newProgram reads a program that is to be run without arguments and compiles as it is; nil for others.
func newProgram(t *testing.T, root, path string) *program {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut(src, []byte("\n"))
	if strings.TrimSpace(string(first)) != "// run" || !bytes.Contains(src, []byte("\nfunc main() {\n")) ||
		bytes.Contains(src, []byte("import \"C\"")) || bytes.Contains(src, []byte("//line")) {
		return nil
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	dir := strings.NewReplacer("/", "_", "\\", "_", ".go", "").Replace(name)
	return &program{name: filepath.ToSlash(name), dir: dir, src: src}
}

// async is the program with everything marked, and main as a future.
func (p *program) async(t *testing.T, unmarked map[string]bool) []byte {
	t.Helper()
	src := bytes.Replace(p.src, []byte("\nfunc main() {\n"), []byte("\nfunc mainBody() {\n"), 1)
	src, _ = markAll(t, "main.go", src, false, unmarked)
	if unmarked["main.go:mainBody"] {
		return append(src, "\nfunc main() { mainBody() }\n"...)
	}
	return append(src, "\nfunc main() {\n\tif _, err := yieldrt.BlockOn(mainBodyAsync()); err != nil {\n\t\tpanic(err)\n\t}\n}\n"...)
}

// runPrograms builds programs in one module, in both forms, and compares what they do.
func runPrograms(t *testing.T, list []*program) {
	t.Helper()
	dir := t.TempDir()
	repo, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte) {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, data, 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	const path = "github.com/asyncgen/asyncgen"
	put("go.mod", fmt.Appendf(nil, "module example.com/programs\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", path, path, repo))
	sum, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	put("go.sum", sum)
	env := append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOSUMDB=off")
	unmarked := map[*program]map[string]bool{}
	for _, p := range list {
		put(p.dir+"/main.go", p.src)
		unmarked[p] = map[string]bool{}
	}
	generatePrograms(t, dir, env, list, put, unmarked)
	build := []string{"build", "-o", "bin/"}
	if *noOpt {
		build = append(build, "-gcflags=-N -l")
	}
	cmd := exec.Command("go", append(build, "./...")...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, p := range list {
		t.Run(p.name, func(t *testing.T) {
			want := execute(filepath.Join(dir, "bin", p.dir))
			got := execute(filepath.Join(dir, "bin", p.dir+"_async"))
			why, known := failing[p.name]
			switch {
			case got == want && known:
				t.Errorf("does the same: it is in the list because it %s", why)
			case got != want && !known:
				t.Errorf("the async form differs\nas it is: %s\nasync:    %s", want, got)
			}
		})
	}
}

// generatePrograms makes the async forms. A function that is refused loses its mark, by a rule for users.
func generatePrograms(t *testing.T, dir string, env []string, list []*program, put func(string, []byte), unmarked map[*program]map[string]bool) {
	t.Helper()
	for range 10 {
		var patterns []string
		for _, p := range list {
			put(p.dir+"_async/main.go", p.async(t, unmarked[p]))
			patterns = append(patterns, "./"+p.dir+"_async")
		}
		res, err := Compile(Config{Dir: dir, Patterns: patterns, Env: env, Verify: true})
		var problems Problems
		if err == nil {
			for _, f := range res.Files {
				if err := os.WriteFile(f.Name, f.Content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		if !errors.As(err, &problems) {
			t.Fatal(err)
		}
		before := 0
		for _, set := range unmarked {
			before += len(set)
		}
		for _, d := range problems {
			unmarkAt(t, d, list, unmarked)
		}
		after := 0
		for _, set := range unmarked {
			after += len(set)
		}
		if after == before {
			t.Fatal(problems)
		}
	}
	t.Fatal("functions are refused again and again")
}

// unmarkAt takes the mark from the function that a problem is about.
func unmarkAt(t *testing.T, d Problem, list []*program, unmarked map[*program]map[string]bool) {
	t.Helper()
	if d.Warning {
		return
	}
	for _, p := range list {
		if filepath.Base(filepath.Dir(d.Pos.Filename)) != p.dir+"_async" {
			continue
		}
		if d.ID == "" || d.ID == "AG0901" {
			t.Fatalf("%s: %v", p.name, d)
		}
		if name := functionInSource(p.async(t, unmarked[p]), d.Pos.Line); name != "" {
			unmarked[p]["main.go:"+name] = true
			t.Logf("%s: %v", p.name, d)
		}
	}
}

// execute runs a program, and gives its standard output and how it has ended.
func execute(exe string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // for those that do not end
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	err := cmd.Run()
	first, _, _ := strings.Cut(problem.String(), "\n")
	return fmt.Sprintf("%v\n%s%s", err, out.String(), first)
}

// functionInSource is the function that a line is in, as markAll names it.
func functionInSource(src []byte, line int) (name string) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "main.go", src, parser.ParseComments)
	if err != nil {
		return ""
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first := fset.Position(fn.Pos()).Line
		if fn.Doc != nil {
			first = fset.Position(fn.Doc.Pos()).Line
		}
		if first <= line && line <= fset.Position(fn.End()).Line {
			name = funcName(&load.Func{Decl: fn})
		}
	}
	return name
}
