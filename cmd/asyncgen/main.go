// Command asyncgen makes the async forms of marked Go functions.
//
//	//go:generate go tool asyncgen
//
//	//async:func
//	func size(c *Client, url string) (int, error) { … }
//
// Usage:
//
//	asyncgen [packages]              write x_async.go beside each x.go with marked functions
//	asyncgen check [packages]        print a diff and exit 1 where a generated file is stale
//	asyncgen inspect [packages]      print the machines: states, what they keep, sizes
//	asyncgen vet [packages]          report likely mistakes in the use of futures
//	asyncgen run|build|test …        run the go command on generated code, with nothing written
//	asyncgen explain ID              explain a rule, such as AG0008
//	asyncgen version                 print the version
//
// Problems are printed one a line, as file:line:col: message. The exit status is 0, 1 for problems,
// and 2 for wrong usage. On any error nothing on disk changes.
//
// The program is also a tool for go vet -vettool.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

// flags are those of all commands.
type flags struct {
	Dir    string   `short:"C" name:"chdir" placeholder:"DIR" help:"Change to DIR first."`
	Tags   string   `placeholder:"LIST" help:"Build tags, separated by commas."`
	Verify bool     `help:"Check each pass, and type-check what is generated."`
	Dump   []string `placeholder:"PASS" help:"Print what a pass has made to standard error; all for every pass."`
	Func   string   `placeholder:"NAME" help:"Dump only this function."`
}

// cli is the command line.
type cli struct {
	flags

	Generate generateCmd `cmd:"" default:"withargs" help:"Write the generated files (the default)."`
	Check    checkCmd    `cmd:"" help:"Exit with status 1 and a diff where a generated file is stale."`
	Inspect  inspectCmd  `cmd:"" help:"Print the machines: states, what they keep, sizes."`
	Vet      vetCmd      `cmd:"" help:"Report likely mistakes in the use of futures, and exit with status 1."`
	Run      goCmd       `cmd:"" passthrough:"" help:"go run, with generated code."`
	Build    goCmd       `cmd:"" passthrough:"" help:"go build, with generated code."`
	Test     goCmd       `cmd:"" passthrough:"" help:"go test, with generated code."`
	Explain  explainCmd  `cmd:"" help:"Explain a rule."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

type generateCmd struct {
	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default \".\"."`
	Verbose  bool     `short:"v" help:"Name the files that are written or removed."`
}

type checkCmd struct {
	Packages []string `arg:"" optional:""`
}

type inspectCmd struct {
	Packages []string `arg:"" optional:""`
	Format   string   `enum:"text,json" default:"text" help:"text or json."`
}

type goCmd struct {
	Args []string `arg:"" optional:""`
}

type explainCmd struct {
	ID string `arg:"" help:"For example AG0008."`
}

type versionCmd struct{}

// env is where a command reads and writes.
type env struct {
	flags
	command        string // generate, check, …
	stdin          io.Reader
	stdout, stderr io.Writer
}

// config is the part of the flags that compiling needs.
func (e *env) config(patterns []string) transform.Config {
	return transform.Config{
		Dir: e.Dir, Tags: e.Tags, Patterns: patterns,
		Verify: e.Verify, Dump: e.Dump, Func: e.Func, DumpTo: e.stderr,
	}
}

// An exitError ends the program with a status and, if it is not empty, a message.
type exitError struct {
	status  int
	message string
}

func (e *exitError) Error() string { return e.message }

func usage(format string, args ...any) error {
	return &exitError{2, fmt.Sprintf(format, args...)}
}

// gcPercent lets the heap of a program that runs for a second grow, as the Go compiler does: collecting
// takes a fifth of the time otherwise.
const gcPercent = 400

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if vet.IsTool(os.Args[1:]) {
		vet.Tool()
	}
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program; it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	parser := kong.Must(&c, kong.Name("asyncgen"), kong.Writers(stdout, stderr),
		kong.Description("Makes the async forms of functions that are marked with //async:func."))
	ctx, err := parser.Parse(longFlags(args))
	if err != nil {
		fmt.Fprintf(stderr, "asyncgen: %v\n", err)
		return 2
	}
	if info, err := os.Stat(c.Dir); c.Dir != "" && (err != nil || !info.IsDir()) {
		fmt.Fprintf(stderr, "asyncgen: -C %s: no such directory\n", c.Dir)
		return 2
	}
	e := &env{flags: c.flags, command: ctx.Selected().Name, stdin: stdin, stdout: stdout, stderr: stderr}
	return e.report(ctx.Run(e))
}

// goStyle matches a flag as the go command takes it: -tags, -tags=x.
var goStyle = regexp.MustCompile(`^-[a-z]{2,}`)

// longFlags lets flags be written with one dash, up to a command whose arguments are not ours.
func longFlags(args []string) []string {
	list := append([]string(nil), args...)
	for i, a := range list {
		if a == "run" || a == "build" || a == "test" || a == "--" {
			break
		}
		if goStyle.MatchString(a) {
			list[i] = "-" + a
		}
	}
	return list
}

// report prints what went wrong, and returns the exit status.
func (e *env) report(err error) int {
	var exit *exitError
	var problems transform.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &problems):
		e.print(problems)
		return 1
	case errors.As(err, &exit):
		if exit.message != "" {
			fmt.Fprintf(e.stderr, "asyncgen: %s\n", exit.message)
		}
		return exit.status
	case errors.As(err, new(*transform.NameError)):
		fmt.Fprintf(e.stderr, "asyncgen: %v\n", err)
		return 2
	default:
		fmt.Fprintf(e.stderr, "asyncgen: %v\n", err)
		return 1
	}
}
