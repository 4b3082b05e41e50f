package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// An Input is a package of somebody else, at one version.
type Input struct {
	Name    string // for the command line
	Kind    string // what it is, for the report
	Module  string
	Version string
	Sum     string // of the module, as in a go.sum; "" takes any
	Dir     string // of the package in the module
	License string

	// Racy names tests that hope for an order of two goroutines, with the reason. They are run and
	// reported, and may fail: the awaits that we put in give the other goroutine time.
	Racy map[string]string
}

// inputs are the packages that we run.
var inputs = []Input{
	{
		Name: "toml", Kind: "parser", License: "MIT",
		Module: "github.com/BurntSushi/toml", Version: "v1.6.0",
		Sum: "h1:dRaEfpa2VI55EwlIW72hMRHdWouJeRF7TPYhI+AUQjk=",
	},
	{
		Name: "smtp", Kind: "client and server", License: "MIT",
		Module: "github.com/emersion/go-smtp", Version: "v0.25.1",
		Sum: "h1:y6nzefT6PtFeMItFw97GX/ZCkVbh0rqSXG8b3ang8/w=",
		Racy: map[string]string{
			"TestServerAcceptErrorHandling": "closes the server when Serve has the error but may not have looked whether the server is closed",
		},
	},
	{
		Name: "memcache", Kind: "client", License: "Apache-2.0",
		Module: "github.com/bradfitz/gomemcache", Version: "v0.0.0-20260422231931-4d751bb6e37c", Dir: "memcache",
		Sum: "h1:6Gpm9YYUEQx2T9zMsYolQhr6sjwwGtFitSA0pQsa7a8=",
	},
	{
		Name: "btree", Kind: "data structure", License: "Apache-2.0",
		Module: "github.com/google/btree", Version: "v1.1.3",
		Sum: "h1:CVpQJjYgC4VbzxeGVHfvZrv1ctoYCAI8vbl07Fcxlyg=",
	},
	{
		Name: "radix", Kind: "data structure", License: "MIT",
		Module: "github.com/armon/go-radix", Version: "v1.0.0",
		Sum: "h1:F4z6KzEeeQIMeLFa97iZU6vupzoecKdU5TX24SNppXI=",
	},
}

// errUnreachable is the error of [Input.download] when the module is neither in the cache nor to be had.
var errUnreachable = errors.New("the module proxy cannot be reached")

// download puts the module into the module cache, and gives its directory there.
func (in *Input) download(scratch string) (dir string, err error) {
	cmd := exec.Command("go", "mod", "download", "-json", in.Module+"@"+in.Version)
	cmd.Dir = scratch
	cmd.Env = append(os.Environ(), "GOWORK=off", "GO111MODULE=on")
	out, runErr := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil {
		return "", fmt.Errorf("go mod download: %w", errors.Join(runErr, err))
	}
	switch {
	case got.Error != "":
		return "", fmt.Errorf("%w: %s", errUnreachable, got.Error)
	case in.Sum != "" && got.Sum != in.Sum:
		return "", fmt.Errorf("%s@%s has the sum %s, not %s", in.Module, in.Version, got.Sum, in.Sum)
	}
	return got.Dir, nil
}

// copyModule copies a module out of the cache, where nothing may be written.
func copyModule(to, from string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}

// language is the oldest version of Go that generated code is for. Its loop variables are those of older
// versions.
const language = "1.21"

// raiseLanguage makes the module in dir one of that version, if it is older, and gives the version that it had. In a module of
// one's own go get does that, since rt asks for more.
func raiseLanguage(dir string) (had string, err error) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go mod edit: %w", err)
	}
	var mod struct{ Go string }
	if err := json.Unmarshal(out, &mod); err != nil {
		return "", fmt.Errorf("go mod edit: %w", err)
	}
	if version.Compare("go"+mod.Go, "go"+language) >= 0 {
		return mod.Go, nil
	}
	cmd = exec.Command("go", "mod", "edit", "-go="+language)
	cmd.Dir = dir
	return mod.Go, cmd.Run()
}

// A project is the module that this command belongs to.
type project struct {
	dir       string
	goVersion string
}

// thisProject finds the module from the current directory.
func thisProject() (project, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}\n{{.GoVersion}}", "github.com/asyncgen/asyncgen")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	dir, version, ok := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if err != nil || !ok {
		return project{}, fmt.Errorf("run this in the repository of asyncgen: go list: %w", err)
	}
	return project{dir, version}, nil
}

// workspace writes a go.work into dir that has the module in the directory below it and the project. So
// the module finds rt, and keeps its own go.mod and with it its version of the language. Package runtime and others
// do as they did in the version of Go that it had, as in its own tests: see go doc internal/godebug.
func (p project) workspace(dir, module, had string) error {
	const oldest = "1.20" // that there are settings for
	if version.Compare("go"+had, "go"+oldest) < 0 {
		had = oldest
	}
	text := fmt.Sprintf("go %s\n\ngodebug default=%s\n\nuse (\n\t./%s\n\t%q\n)\n", p.goVersion, version.Lang("go"+had), module, p.dir)
	return os.WriteFile(filepath.Join(dir, "go.work"), []byte(text), 0o644)
}
