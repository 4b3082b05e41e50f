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
//	asyncgen check [packages]        print a diff and exit 1 where a generated file is stale, in any build
//	asyncgen inspect [packages]      print the machines: states, what they keep, sizes
//	asyncgen mark [packages]         mark every function on the way from an await
//	asyncgen vet [packages]          report likely mistakes in the use of futures
//	asyncgen run|build|test …        run the go command on generated code, with nothing written
//	asyncgen explain ID              explain a rule, such as AG0008
//	asyncgen completion SHELL        print a script for bash, zsh or fish
//	asyncgen help [command]          print the flags of a command
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
	"runtime/debug"

	"github.com/alecthomas/kong"

	"github.com/asyncgen/asyncgen/transform"
	"github.com/asyncgen/asyncgen/transform/vet"
)

// loadFlags are those of all commands that load packages.
type loadFlags struct {
	Dir  string `short:"C" name:"chdir" placeholder:"DIR" help:"Change to DIR first."`
	Tags string `placeholder:"LIST" help:"Build tags, separated by commas."`
}

// flags are those of all commands that compile.
type flags struct {
	loadFlags

	Verify  bool     `help:"Check each pass, and what is generated in a second way."`
	NoCheck bool     `name:"no-check" help:"Do not type-check what is generated: faster, for a quick look."`
	Dump    []string `placeholder:"PASS" help:"Print what a pass has made to standard error; all for every pass."`
	Func    string   `placeholder:"NAME" help:"Dump only this function."`
}

// cli is the command line.
type cli struct {
	Generate   generateCmd   `cmd:"" help:"Write the generated files (the default)."`
	Check      checkCmd      `cmd:"" help:"Exit with status 1 and a diff where a generated file is stale, for this build or another."`
	Inspect    inspectCmd    `cmd:"" help:"Print the machines: states, what they keep, sizes."`
	Mark       markCmd       `cmd:"" help:"Mark each function on the way from an await to where it is started."`
	Vet        vetCmd        `cmd:"" help:"Report likely mistakes in the use of futures, and exit with status 1."`
	Run        goCmd         `cmd:"" help:"go run, with generated code."`
	Build      goCmd         `cmd:"" help:"go build, with generated code."`
	Test       goCmd         `cmd:"" help:"go test, with generated code."`
	Explain    explainCmd    `cmd:"" help:"Explain a rule."`
	Completion completionCmd `cmd:"" help:"Print a script that lets a shell complete commands, flags and packages."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
	Help       helpCmd       `cmd:"" help:"Print this, or the flags of a command."`
}

type generateCmd struct {
	flags

	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default \".\"."`
	Verbose  bool     `short:"v" help:"Name the files that are written or removed."`
	Force    bool     `help:"Replace generated files that were edited, merged or cut off since."`
}

type checkCmd struct {
	flags

	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default \".\"."`
}

type inspectCmd struct {
	flags

	Packages []string `arg:"" optional:"" help:"Packages, as for go build; default \".\"."`
	Format   string   `enum:"text,json" default:"text" help:"text or json."`
}

type goCmd struct {
	flags

	help  bool
	cover string   // the flag that asks for coverage; the go command does not see an overlay where it measures that
	Args  []string `arg:"" optional:"" help:"Flags, packages and arguments of the go command; -overlay alone is ours."`
}

// Help is printed below the first line.
func (c *goCmd) Help() string {
	return "Nothing is written: the generated files are an overlay. All other flags are those of the go command; see go help run, build and test. " +
		"With -cover the generated files have to be on disk, and a profile has the async form of x.go under x_async.go: " +
		"docs/generated.md says how to read it, and how to read what -race prints."
}

type explainCmd struct {
	ID string `arg:"" help:"For example AG0008."`
}

type versionCmd struct{}

type helpCmd struct {
	Command string `arg:"" optional:"" help:"For example check."`
}

// env is where a command reads and writes.
type env struct {
	flags
	command        string // generate, check, …
	usage          func() error
	stdin          io.Reader
	stdout, stderr io.Writer
}

// use takes over the flags of a command.
func (e *env) use(f flags) error {
	if f.Func != "" && len(f.Dump) == 0 {
		return usage("--func says which function --dump prints, and there is no --dump")
	}
	e.flags = f
	if info, err := os.Stat(e.Dir); e.Dir != "" && (err != nil || !info.IsDir()) {
		return usage("-C %s: no such directory", e.Dir)
	}
	return nil
}

// config is the part of the flags that compiling needs.
func (e *env) config(patterns []string) transform.Config {
	return transform.Config{
		Dir: e.Dir, Tags: e.Tags, Patterns: patterns,
		Verify: e.Verify, NoCheck: e.NoCheck, Dump: e.Dump, Func: e.Func, DumpTo: e.stderr,
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
	e := &env{stdin: stdin, stdout: stdout, stderr: stderr}
	parser := kong.Must(&cli{}, kong.Name("asyncgen"), kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Description("Makes the async forms of functions that are marked with //async:func."))
	if len(args) > 0 && args[0] == completeWord {
		return e.report(e.complete(parser.Model, args[1:]))
	}
	args, err := arrange(parser.Model, args)
	if err != nil {
		return e.report(err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return e.report(usage("%v", err))
	}
	e.command = ctx.Selected().Name
	e.usage = func() error { return ctx.PrintUsage(false) }
	return e.report(ctx.Run(e))
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
