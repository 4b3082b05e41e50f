package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/mod/modfile"
)

// goStyle matches a flag as the go command takes it: -tags, -tags=x.
var goStyle = regexp.MustCompile(`^-[a-z]{2,}`)

// arrange puts the command first, where it may be left out, and lets flags be written with one dash. What
// follows the name of a go command is not ours.
//
//	-C dir ./...           =>  generate -C dir ./...
//	-C dir check -tags=x   =>  check -C dir --tags=x
//	help check             =>  check --help
//	chekc                  =>  an error, before any package is loaded
func arrange(app *kong.Application, args []string) ([]string, error) {
	n := leading(app, args)
	flags, rest := longFlags(args[:n]), args[n:]
	if len(rest) > 0 && rest[0] == "help" {
		flags, rest = append(flags, "--help"), rest[1:]
		if len(rest) > 0 && findCommand(app, rest[0]) == nil {
			return nil, unknownCommand(app, rest[0], "")
		}
	}
	command := "generate"
	switch {
	case len(rest) > 0 && findCommand(app, rest[0]) != nil:
		command, rest = rest[0], rest[1:]
	case asksForHelp(flags):
		return []string{"--help"}, nil
	case len(rest) > 0 && !mayBePackage(rest[0], dirFlag(flags)):
		return nil, unknownCommand(app, rest[0], "; a package is written ./"+rest[0])
	}
	if runsGo(command) {
		return slices.Concat([]string{command, "--"}, flags, rest), nil
	}
	return slices.Concat([]string{command}, flags, longFlags(rest)), nil
}

// runsGo reports whether a command takes the flags of the go command: see [goCmd.splitGo].
func runsGo(command string) bool { return command == "run" || command == "build" || command == "test" }

// leading is how many arguments come before the command or the first package: flags and their values.
func leading(app *kong.Application, args []string) int {
	for i := 0; i < len(args); i++ {
		if args[i] == "--" || !strings.HasPrefix(args[i], "-") {
			return i
		}
		if takesValue(app, args[i]) {
			i++
		}
	}
	return len(args)
}

// takesValue reports whether the value of a flag of some command is the next argument.
func takesValue(app *kong.Application, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	for _, c := range app.Children {
		for _, f := range c.Flags {
			if !f.IsBool() && (name == f.Name || f.Short != 0 && name == string(f.Short)) {
				return true
			}
		}
	}
	return false
}

// longFlags gives flags with one dash a second one, up to --.
func longFlags(args []string) []string {
	list := slices.Clone(args)
	for i, a := range list {
		if a == "--" {
			break
		}
		if goStyle.MatchString(a) {
			list[i] = "-" + a
		}
	}
	return list
}

func asksForHelp(flags []string) bool {
	return slices.Contains(flags, "--help") || slices.Contains(flags, "-h")
}

// dirFlag is the value of -C among flags.
func dirFlag(flags []string) string {
	for i, f := range flags {
		if name, value, ok := strings.Cut(strings.TrimLeft(f, "-"), "="); name == "C" || name == "chdir" {
			if !ok && i+1 < len(flags) {
				value = flags[i+1]
			}
			return value
		}
	}
	return ""
}

// findCommand finds a command by its name.
func findCommand(app *kong.Application, name string) *kong.Node {
	i := slices.IndexFunc(app.Children, func(c *kong.Node) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return app.Children[i]
}

// mayBePackage reports whether a word that is no command may name packages. A word alone does that where it
// is the path of the module, or a word of the go command: what it has in its GOROOT is not for us.
func mayBePackage(word, dir string) bool {
	if strings.ContainsAny(word, "./\\@") {
		return true
	}
	switch word {
	case "all", "std", "cmd", "tool", "work", "main", "--":
		return true
	}
	return word == modulePath(dir)
}

// modulePath is the path of the module that a directory is in, "" if it is in none.
func modulePath(dir string) string {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil {
			return modfile.ModulePath(text)
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// unknownCommand says which commands there are, or which one was meant.
func unknownCommand(app *kong.Application, word, more string) error {
	var names, near []string
	for _, c := range app.Children {
		names = append(names, c.Name)
		if strings.HasPrefix(c.Name, word) || distance(c.Name, word) <= max(1, len(word)/3) {
			near = append(near, c.Name)
		}
	}
	hint := "there are " + strings.Join(names, ", ")
	if len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return &exitError{2, fmt.Sprintf("no command %q, %s%s", word, hint, more)}
}

// distance is how many letters to add, remove, replace or swap with the next to make b of a.
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// Run is never called: arrange makes --help of it.
func (c *helpCmd) Run(e *env) error { return e.usage() }
