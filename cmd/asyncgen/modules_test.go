package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"
)

// What a module has of ours when it imports rt: one requirement, which nothing else is checked for. The modules of
// its build list are not downloaded; they are floors for what it uses of them itself. A new line here is a price
// for all users.
const (
	userRequires  = "github.com/asyncgen/asyncgen v0.0.0"
	userSum       = ""
	userBuildList = `github.com/VictoriaMetrics/metrics v1.45.0
github.com/alecthomas/kong v1.17.0
github.com/anishathalye/porcupine v1.3.1
github.com/asyncgen/asyncgen v0.0.0
github.com/dave/jennifer v1.7.1
github.com/gobwas/httphead v0.1.0
github.com/gobwas/ws v1.5.0
github.com/golangci/plugin-module-register v0.1.2
github.com/google/go-cmp v0.7.0
github.com/rogpeppe/go-internal v1.16.0
github.com/tidwall/btree v1.1.0
github.com/tidwall/match v1.1.1
github.com/tidwall/redcon v1.6.4
github.com/valyala/fastrand v1.1.0
github.com/valyala/histogram v1.2.0
github.com/yuin/goldmark v1.8.7
golang.org/x/mod v0.42.0
golang.org/x/net v0.62.0
golang.org/x/sync v0.24.0
golang.org/x/sys v0.49.0
golang.org/x/text v0.43.0
golang.org/x/tools v0.52.0`
)

// With the tool it requires what that is built from, which is downloaded and checked.
const toolRequires = `github.com/alecthomas/kong v1.17.0
github.com/asyncgen/asyncgen v0.0.0
github.com/dave/jennifer v1.7.1
github.com/rogpeppe/go-internal v1.16.0
golang.org/x/mod v0.42.0
golang.org/x/sync v0.24.0
golang.org/x/tools v0.52.0`

// TestUserModule makes a module that imports rt, without a network, and looks at its go.mod, go.sum and build list;
// then the same with asyncgen as a tool.
func TestUserModule(t *testing.T) {
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", fmt.Sprintf("module example.com/user\n\ngo 1.26.0\n\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n", repo))
	write("user.go", "package user\n\nimport \"github.com/asyncgen/asyncgen/rt\"\n\nfunc F() { rt.Yield() }\n")
	write("user_test.go", "package user\n\nimport \"testing\"\n\nfunc TestF(*testing.T) { F() }\n")

	empty := t.TempDir()
	run := func(args ...string) string {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "GOFLAGS=-mod=mod -modcacherw")
		if empty != "" {
			cmd.Env = append(cmd.Env, "GOMODCACHE="+empty)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	same := func(what, want, got string) {
		t.Helper()
		if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
			t.Errorf("%s (-written +found):\n%s", what, diff)
		}
	}
	run("mod", "tidy")
	run("vet", "./...") // it compiles with an empty module cache
	same("go.mod", userRequires, required(t, dir))
	same("go.sum", userSum, sum(t, dir))
	same("build list", userBuildList, buildList(run("mod", "graph")))

	empty = "" // the tool is built from modules that the tests have anyway
	run("mod", "edit", "-tool=github.com/asyncgen/asyncgen/cmd/asyncgen")
	run("list", "-deps", "github.com/asyncgen/asyncgen/cmd/asyncgen")
	same("go.mod with the tool", toolRequires, required(t, dir))
	for line := range strings.Lines(sum(t, dir)) {
		module, _, _ := strings.Cut(line, " ")
		if !strings.Contains(toolRequires, module+" ") && !strings.Contains(line, "/go.mod ") {
			t.Errorf("go.sum with the tool has the contents of %s", module)
		}
	}
}

// buildList are the modules in a graph, but Go itself and the module that it is the graph of.
func buildList(graph string) (list string) {
	seen := map[string]bool{"go": true, "toolchain": true}
	for line := range strings.Lines(graph) {
		_, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, version, _ := strings.Cut(to, "@")
		if !seen[path] {
			seen[path] = true
			list += path + " " + version + "\n"
		}
	}
	return list
}

// lines are those of a text, in order.
func lines(text string) []string {
	return slices.Sorted(strings.Lines(strings.TrimSpace(text) + "\n"))
}

// required are the requirements of a go.mod.
func required(t *testing.T, dir string) (list string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Require {
		list += r.Mod.Path + " " + r.Mod.Version + "\n"
	}
	return list
}

// sum is the go.sum of a module, "" for none.
func sum(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}
