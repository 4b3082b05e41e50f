package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform"
)

// Run runs the go command with the generated code as an overlay: nothing is written. All packages of
// the main module that are reached have their async forms, not only those that are named.
func (c *goCmd) Run(e *env) error {
	goArgs, patterns, err := c.splitGo(e.command)
	if err != nil {
		return err
	}
	if c.help {
		return e.usage()
	}
	if err := e.use(c.flags); err != nil {
		return err
	}
	cfg := e.config(patterns)
	cfg.Deps = true
	cfg.NoTests = e.command != "test"
	res, changes, err := e.changes(cfg)
	if err != nil {
		return err
	}
	if c.cover != "" && len(changes) > 0 {
		return usage("%s is measured on files on disk, and %s is not up to date; run asyncgen first", c.cover, e.short(changes[0].Name))
	}
	goArgs = e.addGenerated(goArgs, patterns, res.Files)
	tmp, err := os.MkdirTemp("", "asyncgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	replace, err := transform.Overlay(tmp, changes)
	if err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	overlay := filepath.Join(tmp, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o666); err != nil {
		return err
	}
	return e.goCommand(append([]string{e.command, "-overlay=" + overlay}, goArgs...))
}

// addGenerated names the generated files where the package is a list of Go files:
//
//	run app.go input   →  run app.go app_async.go input
func (e *env) addGenerated(goArgs, patterns []string, files []transform.File) []string {
	for _, f := range files {
		for _, p := range patterns {
			abs, err := filepath.Abs(filepath.Join(e.Dir, p))
			if err != nil || abs != f.Source {
				continue
			}
			if i := slices.Index(goArgs, p); i >= 0 {
				goArgs = slices.Insert(goArgs, i+1, filepath.Join(filepath.Dir(p), filepath.Base(f.Name)))
			}
		}
	}
	return goArgs
}

// goCommand runs go, and takes over its exit status.
func (e *env) goCommand(args []string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir = e.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.stdin, e.stdout, e.stderr
	// An interrupt goes to the program as well, which decides what to do; we wait for it.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return &exitError{status: exit.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("go %s: %w", e.command, err)
	}
	return nil
}

// goBools are the flags of go run, build and test, and ours, that take no value.
var goBools = map[string]bool{
	"a": true, "n": true, "race": true, "msan": true, "asan": true, "cover": true, "v": true, "work": true,
	"x": true, "linkshared": true, "modcacherw": true, "trimpath": true, "json": true, "c": true, "i": true,
	"benchmem": true, "failfast": true, "fullpath": true, "short": true, "artifacts": true,
	"verify": true, "h": true, "help": true, // ours
}

// splitGo looks through the arguments of go run, build or test for what concerns us: the packages, and our
// own flags. It returns the arguments for the go command, and the packages.
//
//	run -race -tags x ./cmd -v input   →  ./cmd, with tags x; -v and input are the program's
//	test -run X ./... -args -v         →  ./..., up to -args
func (c *goCmd) splitGo(command string) (goArgs, patterns []string, err error) {
	args := c.Args
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "-args" || arg == "--args" || arg == "--" {
			return append(goArgs, args[i:]...), patterns, nil
		}
		if !strings.HasPrefix(arg, "-") {
			if command == "run" {
				return append(goArgs, args[i:]...), runTarget(args[i:]), nil
			}
			patterns = append(patterns, arg)
			goArgs = append(goArgs, arg)
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		taken := []string{arg}
		if !hasValue && !goBools[strings.TrimPrefix(name, "test.")] {
			if i++; i >= len(args) {
				return nil, nil, usage("flag %s needs a value", arg)
			}
			value = args[i]
			taken = append(taken, value)
		}
		if strings.HasPrefix(strings.TrimPrefix(name, "test."), "cover") && value != "false" {
			c.cover = arg
		}
		if name == "overlay" {
			return nil, nil, usage("-overlay cannot be given: asyncgen %s makes one", command)
		}
		if ours := c.take(name, value); !ours || name == "tags" {
			goArgs = append(goArgs, taken...)
		}
	}
	return goArgs, patterns, nil
}

// take keeps the value of a flag that is ours, and reports whether it is.
func (c *goCmd) take(name, value string) bool {
	switch name {
	case "C", "chdir":
		c.Dir = filepath.Join(c.Dir, value)
	case "tags":
		c.Tags = value
	case "verify":
		c.Verify = value != "false"
	case "dump":
		c.Dump = append(c.Dump, strings.Split(value, ",")...)
	case "func":
		c.Func = value
	case "h", "help":
		c.help = true
	default:
		return false
	}
	return true
}

// runTarget is what go run runs: a package, or the Go files that come first.
func runTarget(args []string) []string {
	n := 1
	for n < len(args) && strings.HasSuffix(args[0], ".go") && strings.HasSuffix(args[n], ".go") {
		n++
	}
	return args[:n]
}
