package vet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/asyncgen/asyncgen/internal/golden"
	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// TestValidate makes sure that drivers accept the analyzers.
func TestValidate(t *testing.T) {
	if err := analysis.Validate(Analyzers()); err != nil {
		t.Error(err)
	}
}

// ownDriver are archives that only our own driver can look at.
var ownDriver = map[string]string{
	"mistakes": "a function is refused, so nothing can be generated",
	"imports":  "asyncgen vet -fix takes unused imports away, analysistest does not",
}

// TestAnalysistest runs the rules in the driver of analysistest, which is that of go/packages, over the
// archives of testdata with their generated files; and compares the fixes that it applies with ours. One
// analyzer reports what all have found: the driver is slow to load what they need.
func TestAnalysistest(t *testing.T) {
	root := t.TempDir()
	writeModule(t, root)
	var dirs []string
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		if ownDriver[c.Name] != "" {
			continue
		}
		files := wantsFor(c)
		writeFiles(t, filepath.Join(root, c.Name), files)
		writeFiles(t, filepath.Join(root, c.Name), goldens(t, files))
		dirs = append(dirs, "./"+c.Name)
	}
	res, err := transform.Compile(transform.Config{Dir: root, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := res.Changes()
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes { // the comments of the source are in them, too
		changes[i].New = wantLine.ReplaceAll(changes[i].New, nil)
	}
	if err := transform.Write(changes); err != nil {
		t.Fatal(err)
	}
	together := &analysis.Analyzer{
		Name: "together", Doc: "report what all rules have found", Requires: []*analysis.Analyzer{all},
		Run: func(pass *analysis.Pass) (any, error) {
			for _, list := range pass.ResultOf[all].(findings) {
				for _, d := range list {
					pass.Report(d)
				}
			}
			return nil, nil
		},
	}
	analysistest.RunWithSuggestedFixes(t, root, together, dirs...)
}

var (
	wantComment = regexp.MustCompile("// want AG[^\n]*")
	wantLine    = regexp.MustCompile("// want [^\n]*")
)

// wantsFor are the sources of an archive with the comments that analysistest reads:
//
//	// want AG0401 `text` AG0403   =>   // want `text.*\[AG0401\]` `.*\[AG0403\]`
func wantsFor(c *golden.Case) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range c.Names() {
		if strings.HasPrefix(name, "fixed/") {
			continue
		}
		files[name] = wantComment.ReplaceAllFunc(c.File(name), func(comment []byte) []byte {
			text := "// want"
			for _, m := range wantPattern.FindAllSubmatch(comment, -1) {
				text += fmt.Sprintf(" `%s.*\\[%s\\]`", m[2], m[1])
			}
			return []byte(text)
		})
	}
	return files
}

// goldens are the files as our own driver fixes them.
func goldens(t *testing.T, files map[string][]byte) map[string][]byte {
	p, err := loader.Source("example.com/p", files)
	if err != nil {
		t.Fatal(err)
	}
	list, err := analyze([]*load.Package{p})
	if err != nil {
		t.Fatal(err)
	}
	_, after, err := fixed(list, func(name string) ([]byte, error) { return files[filepath.Base(name)], nil })
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for name, content := range after {
		out[filepath.Base(name)+".golden"] = content
	}
	return out
}

// writeModule makes dir a module that requires this repository by its directory.
func writeModule(t *testing.T, dir string) {
	mod, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	repo := strings.TrimSpace(string(mod))
	text, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(repo, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	_, requires, _ := strings.Cut(string(text), "\n")
	writeFiles(t, dir, map[string][]byte{
		"go.mod": fmt.Appendf(nil, "module example.com/app\n%s\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n", requires, repo),
		"go.sum": sum,
	})
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestShapes makes sure that each rule has at least five cases that it finds and five that it does not.
func TestShapes(t *testing.T) {
	finds, leaves := map[string]int{}, map[string]int{}
	ids := regexp.MustCompile(`AG\d{4}`)
	for _, c := range golden.Glob(t, "testdata/*.txtar") {
		for _, name := range c.Names() {
			if strings.HasPrefix(name, "fixed/") {
				continue
			}
			for _, line := range strings.Split(string(c.File(name)), "\n") {
				if _, text, ok := strings.Cut(line, "// want "); ok {
					for _, id := range ids.FindAllString(text, -1) {
						finds[id]++
					}
				} else if _, text, ok := strings.Cut(line, "// well "); ok {
					for _, id := range ids.FindAllString(text, -1) {
						leaves[id]++
					}
				}
			}
		}
	}
	for _, r := range diag.Rules {
		id := r.ID
		if !strings.HasPrefix(id, "AG02") && !strings.HasPrefix(id, "AG04") {
			continue
		}
		if finds[id] < 5 || leaves[id] < 5 {
			t.Errorf("%s: %d cases that it finds, %d that it does not", id, finds[id], leaves[id])
		}
	}
}
