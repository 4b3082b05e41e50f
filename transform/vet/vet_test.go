package vet

import (
	"fmt"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// TestRules runs the archives of testdata, each a package. A comment
//
//	// want AG0401 `text` AG0403
//
// says what is found on its line: rules, each with a pattern for the message if one is given. Nothing
// else may be found. A file fixed/x.go is x.go with the fixes applied.
func TestRules(t *testing.T) {
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		t.Run(c.Name, func(t *testing.T) { testArchive(t, c) })
	}
}

func testArchive(t *testing.T, c *golden.Case) {
	files := map[string][]byte{}
	for _, name := range c.Names() {
		if !strings.HasPrefix(name, "fixed/") {
			files[name] = c.File(name)
		}
	}
	p, err := loader.Source("example.com/p", files)
	if err != nil {
		t.Fatal(err)
	}
	list, err := analyze([]*load.Package{p})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]Finding{}
	for _, f := range list {
		key := fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		got[key] = append(got[key], f)
	}
	for name, src := range files {
		for line, ws := range wants(t, name, src) {
			key := fmt.Sprintf("%s:%d", name, line)
			got[key] = match(t, key, got[key], ws)
		}
	}
	for key, fs := range got {
		for _, f := range fs {
			t.Errorf("%s: unexpected: %s [%s]", key, f.Message, f.Rule)
		}
	}
	_, after, err := fixed(list, func(name string) ([]byte, error) { return files[filepath.Base(name)], nil })
	if err != nil {
		t.Fatal(err)
	}
	for name := range maps.Clone(files) {
		content, ok := after["/example.com/p/"+name]
		if ok {
			c.Check(t, "fixed/"+name, content)
			files[name] = content
		} else if c.Has("fixed/" + name) {
			c.Drop(t, "fixed/"+name)
		}
	}
	if _, err := loader.Source("example.com/p", files); err != nil {
		t.Errorf("with the fixes it does not compile: %v", err)
	}
	c.Save(t)
}

// A want is one finding that a comment asks for.
type want struct {
	rule    string
	message *regexp.Regexp
}

var wantPattern = regexp.MustCompile("(AG\\d{4})(?: `([^`]*)`)?")

// wants are the findings that the comments of a file ask for, by line.
func wants(t *testing.T, name string, src []byte) map[int][]want {
	byLine := map[int][]want{}
	fset := token.NewFileSet()
	file := fset.AddFile(name, -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return byLine
		}
		_, text, ok := strings.Cut(lit, "// want ")
		if tok != token.COMMENT || !ok {
			continue
		}
		for _, m := range wantPattern.FindAllStringSubmatch(text, -1) {
			re, err := regexp.Compile(m[2])
			if err != nil {
				t.Fatal(err)
			}
			line := fset.Position(pos).Line
			byLine[line] = append(byLine[line], want{m[1], re})
		}
	}
}

// match takes from the findings of a line those that are wanted, and returns the others.
func match(t *testing.T, key string, got []Finding, ws []want) []Finding {
	for _, w := range ws {
		i := slices.IndexFunc(got, func(f Finding) bool { return f.Rule == w.rule && w.message.MatchString(f.Message) })
		if i < 0 {
			t.Errorf("%s: no finding %s %s in %v", key, w.rule, w.message, got)
			continue
		}
		got = slices.Delete(slices.Clone(got), i, i+1)
	}
	return got
}

// TestExplained makes sure that every rule of this package is explained, and has a test that finds it.
func TestExplained(t *testing.T) {
	var all strings.Builder
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		for _, name := range c.Names() {
			all.Write(c.File(name))
		}
	}
	for _, r := range diag.Rules {
		if !strings.HasPrefix(r.ID, "AG04") && !strings.HasPrefix(r.ID, "AG02") {
			continue
		}
		if text, ok := transform.Explain(r.ID); !ok || len(text) < 100 {
			t.Errorf("%s is not explained", r.ID)
		}
		if !strings.Contains(all.String(), r.ID) {
			t.Errorf("%s has no test", r.ID)
		}
	}
}

// TestPage makes sure that docs/vet.md has every rule and every analyzer.
func TestPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/vet.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range Analyzers() {
		if !strings.Contains(string(text), "| `"+a.Name+"` |") {
			t.Errorf("analyzer %s is not in the page", a.Name)
		}
	}
	for _, r := range diag.Rules {
		vetted := strings.HasPrefix(r.ID, "AG02") || strings.HasPrefix(r.ID, "AG04") || r.ID == diag.Stale
		if vetted && !strings.Contains(string(text), "| "+r.ID+" |") {
			t.Errorf("rule %s is not in the page", r.ID)
		}
	}
	for _, id := range regexp.MustCompile(`AG\d{4}`).FindAllString(string(text), -1) {
		if _, ok := transform.Explain(id); !ok {
			t.Errorf("there is no rule %s", id)
		}
	}
}
