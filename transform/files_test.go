package transform

import (
	"cmp"
	"errors"
	"flag"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

var anyFiles = flag.String("files", "", "directories whose Go files TestFiles compiles, separated by commas")

// TestFiles compiles Go files, good and bad ones, each as a package of its own with all of its functions
// marked. The answer is a file that type-checks, or problems of the user's: a panic, a mistake of ours,
// and a problem without a position fail. Without -files it is a sample; for people there are the tests of
// the Go compiler, of the type checker and of the parser, three thousand files and more:
//
//	R=$(go env GOROOT)
//	go test ./transform -run TestFiles -v -files=$R/test,$R/src/internal/types/testdata,$R/src/go/parser/testdata
func TestFiles(t *testing.T) {
	dirs := []string{"testdata/files"}
	if *anyFiles != "" {
		dirs = strings.Split(*anyFiles, ",")
	}
	files := goFiles(t, dirs)
	knowImports(t, files)
	total := &fileTally{refused: map[string]int{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) { total.add(t, name, files[name]) })
	}
	t.Logf("%d files: %d compiled, %d with errors of their own, %d with refusals, %d with imports that are not known",
		len(files), total.compiled, total.wrong, total.withRefusals, total.unknown)
	t.Logf("refusals: %v; slowest: %s, %v", total.refused, total.slowest, total.longest.Round(time.Millisecond))
}

// goFiles reads all Go files below some directories.
func goFiles(t testing.TB, dirs []string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !slices.Contains([]string{".go", ".src", ".go2"}, filepath.Ext(path)) {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Fatal("no files")
	}
	return files
}

// importable are paths of the standard library; the go command is asked for nothing else.
var importable = regexp.MustCompile(`^[a-z0-9]+(/[a-z0-9]+)*$`)

func importsOf(src []byte) (paths []string, known bool) {
	f, _ := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.ImportsOnly)
	if f == nil {
		return nil, true
	}
	known = true
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || path == "C" || path == "unsafe" || path == load.RuntimePath {
			continue
		}
		paths = append(paths, path)
		if first, _, _ := strings.Cut(path, "/"); !importable.MatchString(path) || first == "cmd" || first == "test" {
			known = false
		}
	}
	return paths, known
}

// knowImports asks the go command for everything that the files import, in one run.
func knowImports(t *testing.T, files map[string][]byte) {
	t.Helper()
	all := map[string]bool{}
	for _, src := range files {
		if paths, known := importsOf(src); known {
			for _, path := range paths {
				all[path] = true
			}
		}
	}
	src := "package p\n"
	for path := range all {
		src += "import _ " + strconv.Quote(path) + "\n"
	}
	if p, err := loader.Source(module+"p", map[string][]byte{"p.go": []byte(src)}); p == nil {
		t.Fatal(err)
	}
}

// A fileTally counts what became of the files.
type fileTally struct {
	compiled, wrong, withRefusals, unknown int

	refused map[string]int // by rule
	slowest string
	longest time.Duration
}

// add compiles one file, with the marks alone, and with awaits if it parses. Functions that are refused
// lose their mark, so that nothing hides behind them.
func (c *fileTally) add(t *testing.T, name string, src []byte) {
	if _, known := importsOf(src); !known {
		c.unknown++
		return
	}
	start := time.Now()
	defer func() {
		if d := time.Since(start); d > c.longest {
			c.slowest, c.longest = name, d
		}
	}()
	if _, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution); err != nil {
		c.wrong++
		compileAny(t, markLines(src))
		return
	}
	refused := false
	for _, mark := range []func(map[string]bool) []byte{
		func(unmarked map[string]bool) []byte { return markLines(src) },
		func(unmarked map[string]bool) []byte {
			marked, _ := markAll(t, "p.go", src, false, unmarked)
			return marked
		},
	} {
		unmarked := map[string]bool{}
		for range 20 {
			p, problems := compileAny(t, mark(unmarked))
			if !problems.Failed() {
				break
			}
			if slices.ContainsFunc(problems, func(d Problem) bool { return d.ID == "" }) {
				c.wrong++
				return
			}
			before := len(unmarked)
			for _, d := range problems {
				if key := functionAt(p, d); !d.Warning && d.ID != "" && key != "" {
					if !unmarked[key] {
						c.refused[d.ID]++
					}
					unmarked[key] = true
					refused = true
				}
			}
			if len(unmarked) == before {
				break
			}
		}
	}
	if refused {
		c.withRefusals++
	} else {
		c.compiled++
	}
}

// compileAny compiles one file, and looks at what it answers.
func compileAny(t *testing.T, src []byte) (*load.Package, Problems) {
	t.Helper()
	p, err := loader.Source(module+"p", map[string][]byte{"p.go": src})
	if p == nil {
		t.Fatal(err)
	}
	_, err = compile(Config{Verify: true}, []*load.Package{p}, nil)
	var problems Problems
	if !errors.As(err, &problems) && err != nil {
		t.Fatal(err)
	}
	judge(t, problems)
	return p, problems
}

// judge looks at problems as a user would: each has a position, none is ours, none is there twice, and
// they are in order.
func judge(t *testing.T, problems Problems) {
	t.Helper()
	for i, d := range problems {
		if d.ID == diag.Internal || d.ID == diag.UnknownNode {
			t.Error(d)
		}
		if d.Pos.Filename == "" || d.Pos.Line < 1 || d.Pos.Column < 1 || d.Message == "" {
			t.Errorf("without a position: %+v", d)
		}
		if d.ID != "" && d.Hint == "" {
			t.Errorf("without a way out: %s", d)
		}
		if i == 0 {
			continue
		}
		before := problems[i-1]
		if c := cmp.Or(cmp.Compare(before.Pos.Line, d.Pos.Line), cmp.Compare(before.Pos.Column, d.Pos.Column)); c > 0 {
			t.Errorf("out of order: %s, %s", before, d)
		} else if c == 0 && before.Message == d.Message {
			t.Errorf("twice: %s", d)
		}
	}
}

var funcLine = regexp.MustCompile(`(?m)^func\b`)

// markLines marks whatever begins like a function, also in a file that does not parse.
func markLines(src []byte) []byte {
	return funcLine.ReplaceAll(src, []byte("//async:func\nfunc"))
}
