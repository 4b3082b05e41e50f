package transform

import (
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// TestSupportPage makes sure that docs/support.md names goldens and rules that exist, and leaves out
// no rule about constructs and no golden.
func TestSupportPage(t *testing.T) {
	text, err := os.ReadFile("../docs/support.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	ids := map[string]bool{}
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		if len(cells) != 4 {
			continue
		}
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(cells[2], -1) {
			named[m[1]] = true
			if _, err := os.Stat("../testdata/golden/" + m[1] + ".txtar"); err != nil {
				t.Errorf("%s: there is no golden %s", line, m[1])
			}
		}
		for _, id := range regexp.MustCompile(`AG\d{4}`).FindAllString(cells[2], -1) {
			ids[id] = true
			if _, ok := Explain(id); !ok {
				t.Errorf("%s: there is no rule %s", line, id)
			}
		}
	}
	for _, r := range diag.Rules {
		if strings.HasPrefix(r.ID, "AG01") && !ids[r.ID] {
			t.Errorf("rule %s, %s, is not in the page", r.ID, r.Title)
		}
	}
	entries, err := os.ReadDir("../testdata/golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".txtar"); ok && !named[name] {
			t.Errorf("golden %s is not in the page", name)
		}
	}
}

// TestNames makes sure that the names of the runtime in hints, explanations, comments and pages exist.
func TestNames(t *testing.T) {
	const source = "package p\nimport _ \"" + load.RuntimePath + "\"\nimport _ \"" + load.RuntimePath + "/rtsync\"\nimport _ \"" + load.RuntimePath + "/rtnet\"\nimport _ \"" + load.RuntimePath + "/rttest\"\nimport _ \"" + load.MachinePath + "\"\n"
	p, err := loader.Source(module+"p", map[string][]byte{"p.go": []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	scopes := map[string]*types.Scope{}
	for _, imported := range p.Types.Imports() {
		scopes[imported.Name()] = imported.Scope()
	}
	named := regexp.MustCompile(`\b(rt|rtsync|rtnet|rttest|machine)\.([A-Z]\w*)`)
	seen := 0
	for _, pattern := range []string{
		"*.go", "vet/*.go", "internal/*/*.go", "../cmd/asyncgen/*.go", "../docs/*.md", "../*.md", "../examples/*/*.go", "../bench/*.go",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				for _, m := range named.FindAllStringSubmatch(line, -1) {
					if strings.HasPrefix(m[2], "Test") {
						continue // a test of the package
					}
					seen++
					if scope := scopes[m[1]]; scope == nil || scope.Lookup(m[2]) == nil {
						t.Errorf("%s:%d: there is no %s", name, i+1, m[0])
					}
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d names found", seen)
	}
}
