package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/asyncgen/asyncgen/transform"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is printed below the first line.
func (c *completionCmd) Help() string {
	return `bash: source <(asyncgen completion bash)
zsh: source <(asyncgen completion zsh)
fish: asyncgen completion fish | source`
}

// Run prints the script for a shell. All of them ask the program itself: see [env.complete].
func (c *completionCmd) Run(e *env) error {
	_, err := io.WriteString(e.stdout, completionScripts[c.Shell])
	return err
}

// completeWord is the first argument by which a shell asks how a command line may go on.
const completeWord = "__complete"

// completionScripts are by shell. A candidate that ends in / or = is not followed by a space.
var completionScripts = map[string]string{
	"bash": `# bash completion for asyncgen: source <(asyncgen completion bash)
_asyncgen() {
	local line cur="${COMP_LINE:0:COMP_POINT}" words
	read -ra words <<<"$cur"
	[[ $cur == *[[:space:]] ]] && words+=("")
	COMPREPLY=()
	local whole="${words[-1]}" part="${COMP_WORDS[COMP_CWORD]}"
	[[ $part == = ]] && part=""
	while IFS=$'\t' read -r line _; do
		[[ -n $line ]] || continue
		COMPREPLY+=("${line#"${whole%"$part"}"}")
		[[ $line == *[/=] ]] && compopt -o nospace 2>/dev/null
	done < <("${words[0]}" ` + completeWord + ` "${words[@]:1}" 2>/dev/null)
}
complete -F _asyncgen asyncgen
`,
	"zsh": `#compdef asyncgen
# zsh completion for asyncgen: source <(asyncgen completion zsh)
_asyncgen() {
	local line
	local -a whole open
	while IFS= read -r line; do
		case ${line%%$'\t'*} in
		(*[/=]) open+=("${line%%$'\t'*}") ;;
		(?*) whole+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done < <("${words[1]}" ` + completeWord + ` "${(@)words[2,CURRENT]}" 2>/dev/null)
	(( $#whole )) && _describe asyncgen whole
	(( $#open )) && compadd -S '' -- $open
}
if [[ $funcstack[1] == _asyncgen ]]; then
	_asyncgen "$@"
else
	compdef _asyncgen asyncgen
fi
`,
	"fish": `# fish completion for asyncgen: asyncgen completion fish | source
function __asyncgen_complete
	set -l words (commandline -opc) (commandline -ct)
	$words[1] ` + completeWord + ` $words[2..-1] 2>/dev/null
end
complete -c asyncgen -f -a '(__asyncgen_complete)'
`,
}

// complete prints how the last of the words may go on, one candidate a line with what it means behind a
// tab.
func (e *env) complete(app *kong.Application, words []string) error {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	done := words[:len(words)-1]
	for _, c := range candidates(app, done, last) {
		if !strings.HasPrefix(c.word, last) {
			continue
		}
		if _, err := fmt.Fprintf(e.stdout, "%s\t%s\n", c.word, c.meaning); err != nil {
			return err
		}
	}
	return nil
}

// A candidate is a word that may come next.
type candidate struct{ word, meaning string }

// candidates are the words that may stand at the end of a command line; not all of them begin with last.
func candidates(app *kong.Application, done []string, last string) []candidate {
	n := leading(app, done)
	command := findCommand(app, "generate")
	named := n < len(done)
	if named {
		if c := findCommand(app, done[n]); c != nil {
			command = c
		}
	}
	if len(done) > 0 && takesValue(app, done[len(done)-1]) {
		return valuesOf(command, strings.TrimLeft(done[len(done)-1], "-"), last, "")
	}
	if name, _, ok := strings.Cut(strings.TrimLeft(last, "-"), "="); ok && strings.HasPrefix(last, "-") {
		return valuesOf(command, name, last[strings.Index(last, "=")+1:], last[:strings.Index(last, "=")+1])
	}
	var list []candidate
	switch {
	case strings.HasPrefix(last, "-"):
		dashes := "--"
		if len(last) > 1 && last[1] != '-' {
			dashes = "-"
		}
		for _, f := range command.Flags {
			if f.Short != 0 {
				list = append(list, candidate{"-" + string(f.Short), f.Help})
			}
			list = append(list, candidate{dashes + f.Name, f.Help})
		}
		return append(list, candidate{dashes + "help", "Show the flags of this command."})
	case !named:
		list = commands(app)
	}
	return append(list, arguments(app, command, last)...)
}

// commands are the names of all commands.
func commands(app *kong.Application) (list []candidate) {
	for _, c := range app.Children {
		list = append(list, candidate{c.Name, c.Help})
	}
	return list
}

// arguments are what a command may be given: packages, mostly.
func arguments(app *kong.Application, command *kong.Node, last string) (list []candidate) {
	switch command.Name {
	case "help":
		return commands(app)
	case "explain":
		for _, id := range transform.RuleIDs() {
			text, _ := transform.Explain(id)
			title, _, _ := strings.Cut(strings.TrimPrefix(text, id+": "), "\n")
			list = append(list, candidate{id, title})
		}
		return list
	case "completion":
		return valuesOf(command, "shell", last, "")
	case "version":
		return nil
	}
	return append(directories(last, "./"), candidate{"./...", "all packages below"})
}

// valuesOf are the values of a flag, or of an argument, with what is to stand before them.
func valuesOf(command *kong.Node, name, last, before string) (list []candidate) {
	switch name {
	case "C", "chdir":
		for _, c := range directories(last, "") {
			list = append(list, candidate{before + c.word, c.meaning})
		}
		return list
	case "dump":
		for _, pass := range transform.Passes() {
			list = append(list, candidate{before + pass, "pass"})
		}
		return append(list, candidate{before + "all", "every pass"})
	}
	for _, f := range command.Flags {
		if f.Name == name {
			for _, v := range f.EnumSlice() {
				list = append(list, candidate{before + v, name})
			}
		}
	}
	for _, p := range command.Positional {
		if p.Name == name {
			for _, v := range p.EnumSlice() {
				list = append(list, candidate{v, name})
			}
		}
	}
	return list
}

// directories are those that a path which begins like last may lead to. Without a path they begin with
// here.
func directories(last, here string) (list []candidate) {
	dir, _ := filepath.Split(last)
	if dir == "" {
		dir = here
	}
	entries, err := os.ReadDir(filepath.Clean(dir + "."))
	if err != nil {
		return nil
	}
	entries = slices.DeleteFunc(entries, func(d os.DirEntry) bool {
		return !d.IsDir() || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"
	})
	for _, d := range entries {
		list = append(list, candidate{dir + d.Name() + "/", "directory"})
	}
	return list
}
