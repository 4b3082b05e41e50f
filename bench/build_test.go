package bench

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var (
	copies = flag.Int("copies", 12, "how often the package that is built has each function of bench/kinds")
	builds = flag.Int("builds", 3, "how often it is built")
)

// A built is what a build has cost, and what it was of.
type built struct {
	cpu     float64 // seconds, in user and system mode, of the go command and what it has started
	archive float64 // bytes
	lines   float64
}

// BenchmarkBuild measures what generated code costs the compiler. It builds a package that has each function of
// bench/kinds -copies times, once with its async forms and once without, in turn; the rest is in the build cache.
//
// Lines are those that are generated.
//
//	go test -run '^$' -bench Build -benchtime 1x -builds 5 ./bench
func BenchmarkBuild(b *testing.B) {
	plain, async := b.TempDir(), b.TempDir()
	for _, dir := range []string{plain, async} {
		module(b, dir)
		multiply(b, dir, *copies)
	}
	generate(b, async)
	var with, without []built
	for round := range *builds {
		without = append(without, build(b, plain, round))
		with = append(with, build(b, async, round))
	}
	for _, m := range []struct {
		name, unit string
		of         func(built) float64
	}{
		{"CPU", "s/op", func(x built) float64 { return x.cpu }},
		{"archive", "kB/op", func(x built) float64 { return x.archive / 1e3 }},
		{"lines that are generated", "lines/op", func(x built) float64 { return x.lines }},
	} {
		var x, y []float64
		for i := range with {
			x, y = append(x, m.of(with[i])), append(y, m.of(without[i]))
			if m.unit == "lines/op" {
				x[i] -= y[i]
			}
		}
		b.Run(m.name, func(b *testing.B) { report(b, m.unit, median(x), median(y)) })
	}
}

// TestBuild says how much text becomes of a package: that is the same on any machine.
func TestBuild(t *testing.T) {
	dir := t.TempDir()
	module(t, dir)
	multiply(t, dir, 1)
	source := lines(t, dir)
	generate(t, dir)
	if ratio := lines(t, dir)/source - 1; ratio > mostLines {
		t.Errorf("%.2f generated lines for each line of the source, want at most %.2f", ratio, mostLines)
	}
}

// mostLines is how many generated lines a package may have for each of its own.
const mostLines = 4.0

// module makes dir a module that uses this one.
func module(tb testing.TB, dir string) {
	tb.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		tb.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		tb.Fatal(err)
	}
	const this = "module github.com/asyncgen/asyncgen\n"
	rest, ok := bytes.CutPrefix(mod, []byte(this))
	if !ok {
		tb.Fatalf("go.mod does not begin with %q", this)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		tb.Fatal(err)
	}
	own := fmt.Sprintf("module example.com/kinds\n%s\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n", rest, root)
	write(tb, filepath.Join(dir, "go.mod"), own)
	write(tb, filepath.Join(dir, "go.sum"), string(sum))
}

// multiply writes bench/kinds/kinds.go n times, each time into a file of its own and under names of their own.
func multiply(tb testing.TB, dir string, n int) {
	tb.Helper()
	shared, err := os.ReadFile(filepath.Join("kinds", "page.go"))
	if err != nil {
		tb.Fatal(err)
	}
	write(tb, filepath.Join(dir, "page.go"), string(shared))
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join("kinds", "kinds.go"), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		tb.Fatal(err)
	}
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{
		Importer: noImporter{},
		Error:    func(error) {}, // what comes from other packages is not known, and not renamed
	}
	pkg, _ := conf.Check("kinds", fset, []*ast.File{file}, info)
	own := map[*ast.Ident]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := info.Defs[id]
		if obj == nil {
			obj = info.Uses[id]
		}
		if obj == nil { // rt.Stream[*page]
			obj = pkg.Scope().Lookup(id.Name)
		}
		if obj != nil && obj.Parent() == pkg.Scope() {
			own[id] = id.Name
		}
		return true
	})
	for i := range n {
		for id, name := range own {
			id.Name = fmt.Sprint(name, i+1)
		}
		var text bytes.Buffer
		if err := printer.Fprint(&text, fset, file); err != nil {
			tb.Fatal(err)
		}
		write(tb, filepath.Join(dir, fmt.Sprintf("kinds%d.go", i+1)), text.String())
	}
}

// noImporter knows no package.
type noImporter struct{}

func (noImporter) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// generate makes the async forms of the package in dir.
func generate(tb testing.TB, dir string) {
	tb.Helper()
	tool := filepath.Join(tb.TempDir(), "asyncgen")
	if out, err := exec.Command("go", "build", "-o", tool, "../cmd/asyncgen").CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(tool, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("asyncgen: %v\n%s", err, out)
	}
}

// build builds the package in dir, which the go command has not seen before.
func build(tb testing.TB, dir string, round int) built {
	tb.Helper()
	write(tb, filepath.Join(dir, "round.go"), fmt.Sprintf("package kinds\n\nconst round = \"%d of %s\"\n", round, dir))
	archive := filepath.Join(tb.TempDir(), "kinds.a")
	cmd := exec.Command("go", "build", "-o", archive, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	size, err := os.Stat(archive)
	if err != nil {
		tb.Fatal(err)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return built{cpu: cpu.Seconds(), archive: float64(size.Size()), lines: lines(tb, dir)}
}

// lines counts those of the Go files in dir.
func lines(tb testing.TB, dir string) (n float64) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "kinds*.go"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no Go files in %s: %v", dir, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		n += float64(bytes.Count(text, []byte("\n")))
	}
	return n
}

func write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}
