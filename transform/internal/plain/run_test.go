package plain_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/plain"
)

// A runCase is a file of testdata/run: a program in two packages, as written and as plain Go. The
// functions named in behaviours print; what the first prints is what the second has to print.
type runCase struct {
	name string // B1_03_late_reads: section and number in the list of behaviours
	orig map[string][]byte
	form map[string][]byte
	text []byte // the plain form of the marked functions, for messages
}

var noOpt = flag.Bool("forms.noopt", false, "build the programs a second time, without optimisation")

// TestB1, TestB2 and TestB3 show that the plain form of a function does what the function does:
// they run both. gc is the judge, as it optimizes and, with -forms.noopt, as it does not. One program has the cases of all
// of them.
func TestB1(t *testing.T) { testRun(t, "B1") }
func TestB2(t *testing.T) { testRun(t, "B2") }
func TestB3(t *testing.T) { testRun(t, "B3") }

// ran is what the cases are and print, by the flags for gc. They are built once for the three tests.
var ran struct {
	cases []*runCase
	out   map[string]map[string]string
}

func testRun(t *testing.T, section string) {
	if ran.out == nil {
		ran.cases, ran.out = runCases(t), map[string]map[string]string{}
		ran.out[""] = execute(t, ran.cases, "")
		if *noOpt {
			const flags = "./...=-N -l"
			ran.out[flags] = execute(t, ran.cases, flags)
		}
	}
	for flags, out := range ran.out {
		name := "optimized"
		if flags != "" {
			name = "unoptimized"
		}
		for _, c := range ran.cases {
			in, test, _ := strings.Cut(c.name, "_")
			if in != section {
				continue
			}
			t.Run(test+"/"+name, func(t *testing.T) {
				orig, form := out["o_"+c.name], out["p_"+c.name]
				if orig == "" {
					t.Fatal("the program prints nothing")
				}
				if diff := cmp.Diff(strings.Split(orig, "\n"), strings.Split(form, "\n")); diff != "" {
					t.Errorf("the plain form differs (-as written +plain):\n%s\n%s", diff, c.text)
				}
			})
		}
	}
}

// runCases reads the cases and rewrites them.
func runCases(t *testing.T) []*runCase {
	env, err := os.ReadFile("testdata/run/env.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []*runCase
	sources := map[string]map[string][]byte{}
	for _, g := range golden.Glob(t, "testdata/run/*.txtar") {
		c := &runCase{name: g.Name, orig: map[string][]byte{"env.go": env, "in.go": g.File("in.go")}}
		sources["o_"+c.name] = c.orig
		cases = append(cases, c)
	}
	pkgs := loadCases(t, sources)
	for _, c := range cases {
		p := pkgs["o_"+c.name]
		e := edit.New(p)
		for _, pass := range passes {
			if err := pass.run(e); err != nil {
				t.Fatalf("%s: %s: %v\n%s", c.name, pass.name, err, printFuncs(t, p))
			}
		}
		c.text = printFuncs(t, p)
		if err := plain.Verify(e); err != nil {
			t.Errorf("%s: verify: %v\n%s", c.name, err, c.text)
		}
		c.form = printFiles(t, p)
	}
	return cases
}

// printFiles prints the files of p without the comments inside functions.
func printFiles(t *testing.T, p *load.Package) map[string][]byte {
	files := map[string][]byte{}
	for _, f := range p.Files {
		var out bytes.Buffer
		if i := bytes.Index(f.Src, []byte("//go:build")); i == 0 {
			out.Write(f.Src[:bytes.IndexByte(f.Src, '\n')+1])
			out.WriteString("\n")
		}
		syntax := *f.Syntax
		syntax.Comments = nil
		if err := format.Node(&out, p.Fset, &syntax); err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(f.Name)] = out.Bytes()
	}
	return files
}

// execute builds one program of all cases, in both forms, and returns what each package prints.
func execute(t *testing.T, cases []*runCase, gcflags string) map[string]string {
	t.Helper()
	dir, tmp := root(t), t.TempDir()
	replace := map[string]string{}
	add := func(pkg, file string, text []byte) {
		path := filepath.Join(tmp, pkg+"_"+file+".txt")
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(dir, filepath.FromSlash(virtual(pkg)), file)] = path
	}
	var imports, calls strings.Builder
	for _, c := range cases {
		for pkg, files := range map[string]map[string][]byte{"o_" + c.name: c.orig, "p_" + c.name: c.form} {
			for file, text := range files {
				add(pkg, file, text)
			}
			fmt.Fprintf(&imports, "\t%s %q\n", pkg, "github.com/asyncgen/asyncgen/"+virtual(pkg))
			fmt.Fprintf(&calls, "\tfmt.Println(%q)\n\t%s.Run()\n", "\x00"+pkg, pkg)
		}
	}
	add("main", "main.go", fmt.Appendf(nil, "package main\n\nimport (\n\t\"fmt\"\n%s)\n\nfunc main() {\n%s}\n", &imports, &calls))
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "-overlay", file}
	if gcflags != "" {
		args = append(args, "-gcflags", gcflags)
	}
	cmd := exec.Command("go", append(args, "./"+virtual("main"))...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	res := map[string]string{}
	for _, part := range slices.Collect(strings.SplitSeq(string(out), "\x00")) {
		if name, text, ok := strings.Cut(part, "\n"); ok {
			res[name] = text
		}
	}
	return res
}
