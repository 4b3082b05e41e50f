package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

// An example is one indented block of an explanation, as a package of its own.
type example struct {
	rule  string
	n     int
	files map[string]string
	want  map[string]bool // "x.go:3 AG0401"
}

func (e *example) String() string { return fmt.Sprintf("%s block %d", e.rule, e.n) }

// dir is the directory of the example, and the end of its import path.
func (e *example) dir() string { return fmt.Sprintf("%s_%d", strings.ToLower(e.rule), e.n) }

// noExample are rules of which no example can be compiled here, with the reason.
var noExample = map[string]string{
	"AG0012": "needs a workspace; script bad_language has it",
	"AG0104": "there is no newer Go",
	"AG0305": "needs two builds; script check_builds has it",
	"AG0901": "there is no mistake that we know",
}

// noWayOut are rules whose way out is a command.
var noWayOut = map[string]bool{"AG0011": true, "AG0015": true, "AG0304": true}

// TestExplain compiles the examples of all explanations: each problem and finding is where a comment
// says so, and the way out gives none.
func TestExplain(t *testing.T) {
	root := t.TempDir()
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeModule(root, repo); err != nil {
		t.Fatal(err)
	}
	var shared, alone []*example
	for _, id := range transform.RuleIDs() {
		list := examples(t, id)
		for _, e := range list {
			e.write(t, root)
			if e.files["go.mod"] != "" {
				alone = append(alone, e)
			} else {
				shared = append(shared, e)
			}
		}
		shows := func(e *example) bool {
			return slices.ContainsFunc(slices.Collect(maps.Keys(e.want)), func(k string) bool { return strings.HasSuffix(k, id) })
		}
		switch _, none := noExample[id]; {
		case none && len(list) > 0:
			t.Errorf("%s has an example: take it out of noExample", id)
		case none:
		case !slices.ContainsFunc(list, shows):
			t.Errorf("%s has no example that gives %s", id, id)
		case !noWayOut[id] && !slices.ContainsFunc(list, func(e *example) bool { return len(e.want) == 0 }):
			t.Errorf("%s has no way out that compiles", id)
		}
	}
	got := report(t, root)
	for _, e := range shared {
		e.compare(t, got)
	}
	for _, e := range alone {
		e.compare(t, report(t, filepath.Join(root, e.dir())))
	}
}

// examples are the indented blocks of the explanation of a rule.
func examples(t *testing.T, id string) (list []*example) {
	text, _ := transform.Explain(id)
	var block []string
	end := func() {
		for len(block) > 0 && block[len(block)-1] == "" {
			block = block[:len(block)-1]
		}
		if len(block) > 0 {
			e := &example{rule: id, n: len(list) + 1}
			e.read(t, strings.Join(block, "\n")+"\n")
			list = append(list, e)
		}
		block = nil
	}
	for _, line := range strings.Split(text, "\n") {
		code, ok := strings.CutPrefix(line, "\t")
		switch {
		case ok:
			block = append(block, code)
		case line == "" && len(block) > 0:
			block = append(block, "")
		default:
			end()
		}
	}
	end()
	return list
}

var (
	marker    = regexp.MustCompile(`// (AG\d{4}(?:, AG\d{4})*)`)
	elsewhere = regexp.MustCompile(`(?m)^(\S+:\d+) // (AG\d{4})$`)
)

// read takes a block apart: a file, or an archive of files. Before these there may be lines that say what
// is reported where no comment can stand: x_async.go:1 // AG0302.
func (e *example) read(t *testing.T, text string) {
	archive := txtar.Parse([]byte(text))
	e.files, e.want = map[string]string{}, map[string]bool{}
	if len(archive.Files) == 0 {
		archive.Files, archive.Comment = []txtar.File{{Name: "example.go", Data: []byte(text)}}, nil
		e.files["given.go"] = ""
	}
	for _, m := range elsewhere.FindAllSubmatch(archive.Comment, -1) {
		e.want[string(m[1])+" "+string(m[2])] = true
	}
	for _, f := range archive.Files {
		src := string(f.Data)
		if _, ok := e.files["given.go"]; ok {
			src, e.files["given.go"] = completed(t, e, src)
		}
		e.files[f.Name] = src
		for i, line := range strings.Split(src, "\n") {
			if m := marker.FindStringSubmatch(line); m != nil && strings.HasSuffix(f.Name, ".go") {
				for _, id := range strings.Split(m[1], ", ") {
					e.want[fmt.Sprintf("%s:%d %s", f.Name, i+1, id)] = true
				}
			}
		}
	}
}

// given are declarations that examples may use without making them.
var given = []string{
	"//async:func\nfunc fetch(url string) (string, error) { rt.Yield(); return url, nil }\n",
	"//async:func\nfunc save(n int) error { rt.Yield(); return nil }\n",
	"type Client struct{}\n\n//async:func\nfunc (*Client) Get(key string) (string, error) { rt.Yield(); return key, nil }\n",
}

// packages are what examples import, by their names.
var imports = map[string]string{
	"atomic": "sync/atomic", "binary": "encoding/binary", "context": "context", "http": "net/http", "net": "net", "os": "os",
	"rt": "github.com/asyncgen/asyncgen/rt", "slices": "slices", "sync": "sync", "time": "time",
}

// completed is a file with its package clause and imports on the first line, and the declarations of given
// that it uses in a file of their own.
func completed(t *testing.T, e *example, src string) (file, more string) {
	head, used, defined := header(t, e, src)
	decls := "package p\n\nimport \"" + imports["rt"] + "\"\n\nvar _ = rt.Now\n\n"
	for _, d := range given {
		name := regexp.MustCompile(`(?m)^(?:type|func) (\w+)`).FindStringSubmatch(d)[1]
		if (used[name] || used[name+"Async"]) && !defined[name] {
			decls += d
		}
	}
	if strings.HasPrefix(src, "package ") {
		clause, rest, _ := strings.Cut(src, "\n")
		return clause + head + "\n" + rest, strings.Replace(decls, "package p", clause, 1)
	}
	return "package p" + head + "\n" + src, decls
}

// header finds the imports that a file needs, the identifiers that it uses, and those that it declares.
func header(t *testing.T, e *example, src string) (head string, used, defined map[string]bool) {
	full := src
	if !strings.HasPrefix(src, "package ") {
		full = "package p\n" + src
	}
	f, err := parser.ParseFile(token.NewFileSet(), "example.go", full, parser.SkipObjectResolution)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	used, defined = map[string]bool{}, map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			defined[n.Name.Name] = defined[n.Name.Name] || n.Recv == nil
		case *ast.TypeSpec:
			defined[n.Name.Name] = true
		case *ast.Ident:
			used[n.Name] = true
		}
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		if used[name] {
			head += fmt.Sprintf("; import %q", imports[name])
		}
	}
	return head, used, defined
}

// write puts the files of an example into its directory.
func (e *example) write(t *testing.T, root string) {
	dir := filepath.Join(root, e.dir())
	for name, content := range e.files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		content = strings.ReplaceAll(content, `"example.com/app/`, `"example.com/app/`+e.dir()+`/`)
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// report is what asyncgen and asyncgen vet say of all packages, as "ag0401_1/example.go:3 AG0401".
func report(t *testing.T, root string) map[string]string {
	got := map[string]string{}
	add := func(file string, line int, id, message string) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		got[fmt.Sprintf("%s:%d %s", filepath.ToSlash(rel), line, id)] = message
	}
	env := append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-mod=mod", "GOSUMDB=off")
	res, err := transform.Compile(transform.Config{Dir: root, Patterns: []string{"./..."}, Verify: true, Env: env})
	if err == nil {
		_, err = res.Changes()
	}
	var problems transform.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, p := range append(problems, res.Warnings...) {
		add(p.Pos.Filename, p.Pos.Line, p.ID, p.Message)
	}
	list, err := vet.Run(vet.Config{Dir: root, Patterns: []string{"./..."}, Env: env})
	if err != nil && !errors.As(err, &problems) {
		t.Fatal(err)
	}
	for _, f := range list {
		add(f.File, f.Line, f.Rule, f.Message)
	}
	return got
}

// compare looks at what was reported in the files of an example.
func (e *example) compare(t *testing.T, got map[string]string) {
	mine := map[string]bool{}
	for key, message := range got {
		name, inside := strings.CutPrefix(key, e.dir()+"/")
		if !inside && e.files["go.mod"] == "" {
			continue
		}
		mine[name] = true
		if !e.want[name] {
			t.Logf("%s: %s: %s", e, name, message)
		}
	}
	if diff := cmp.Diff(e.want, mine); diff != "" {
		t.Errorf("%s (-said +reported):\n%s", e, diff)
	}
}
