package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// every lets scripts also do what takes minutes of processor time with an empty build cache: they have the condition
// all. CI sets it.
var every = flag.Bool("scripts.all", false, "let TestScript also run tools and builds that take long")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"asyncgen": main})
}

// TestScript runs the scripts of testdata. Each has a module of its own, example.com/app, that
// requires this repository by its directory.
//
// Beyond the commands of testscript there are snapshot, which notes every file of the work
// directory, and unchanged, which fails if one is different, gone or new.
func TestScript(t *testing.T) {
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	vars := goEnv(t, "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS")
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().AddDate(1, 0, 0), // no script is stopped because the machine is slow
		Setup: func(env *testscript.Env) error {
			for k, v := range vars {
				env.Setenv(k, v)
			}
			env.Setenv("GOFLAGS", strings.TrimSpace(vars["GOFLAGS"]+" -mod=mod"))
			env.Setenv("REPO", repo)
			env.Setenv("GOSUMDB", "off") // go.sum is this repository's
			return writeModule(env.WorkDir, repo)
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Getuid() == 0, nil
			case "all":
				return *every, nil
			}
			return false, fmt.Errorf("no condition %s", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"snapshot":  snapshot,
			"unchanged": unchanged,
		},
	})
}

// goEnv is the go command's view of some variables.
func goEnv(t *testing.T, names ...string) map[string]string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{}
	for i, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		vars[names[i]] = line
	}
	return vars
}

// writeModule makes dir a module, if the script has none: its go.mod is this repository's, under
// another name and with this repository in place of a release of it.
func writeModule(dir, repo string) error {
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return nil
	}
	mod, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		return err
	}
	_, requires, _ := strings.Cut(string(mod), "\n")
	const path = "github.com/asyncgen/asyncgen"
	text := fmt.Sprintf("module example.com/app\n%s\nrequire %s v0.0.0\n\nreplace %s => %s\n", requires, path, path, repo)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o666); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(repo, "go.sum"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666)
}

// snapshots are the files of each script's work directory when it last said snapshot.
var snapshots = map[*testscript.TestScript]map[string]string{}

func snapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: snapshot")
	}
	snapshots[ts] = tree(ts)
}

func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: unchanged")
	}
	if snapshots[ts] == nil {
		ts.Fatalf("no snapshot")
	}
	if diff := cmp.Diff(snapshots[ts], tree(ts)); diff != "" {
		ts.Fatalf("the disk has changed (-before +after):\n%s", diff)
	}
}

// tree reads all files of the work directory.
func tree(ts *testscript.TestScript) map[string]string {
	files := map[string]string{}
	root := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			files[path] = "directory"
			if d.Name() == ".tmp" {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			files[path] = "link to " + to
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(bytes.TrimSpace(content))
		return err
	}))
	return files
}
