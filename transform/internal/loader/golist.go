package loader

import (
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// listErrors are the problems that the go command found in a package: imports that cannot be
// resolved, files that do not belong together. Syntax errors are left out: the parser reports all
// of them, the go command one. An import cycle is reported where the import is, see loader.cycle.
func (l *loader) listErrors(m *packages.Package) (list diag.List) {
	for _, e := range m.Errors {
		if e.Kind == packages.ParseError || e.Kind == packages.TypeError {
			continue
		}
		msg := strings.ReplaceAll(strings.TrimSpace(e.Msg), "\n", " ")
		pos := position(e.Pos)
		if pos.Filename != "" && !filepath.IsAbs(pos.Filename) { // it is relative to where the command ran
			if abs, err := filepath.Abs(filepath.Join(l.cfg.Dir, pos.Filename)); err == nil {
				pos.Filename = abs
			}
		}
		if m := ofFile.FindStringSubmatch(msg); m != nil && pos.Filename == "" {
			pos, msg = diag.Start(m[1]), "cannot read: "+m[2]
		}
		if m := twoNames.FindStringSubmatch(msg); m != nil && pos.Filename == "" {
			pos, msg = diag.Start(filepath.Join(m[5], m[4])), fmt.Sprintf("package %s%s (%s)", m[3], load.OtherName, m[2])
		}
		if src, err := os.ReadFile(pos.Filename); err == nil && (load.HeaderSource(src) != "" || load.IsEmpty(filepath.Base(pos.Filename), src)) {
			continue // a generated file: whoever replaces it says what is wrong
		}
		if !strings.HasPrefix(msg, "import cycle not allowed") {
			list.Add(pos, "", "", "%s", msg)
		}
	}
	return list
}

// What the go command says of files and directories, where it gives no position.
var (
	ofFile   = regexp.MustCompile(`^(?:open|stat|lstat|read) (.+\.go): (.+)$`)
	twoNames = regexp.MustCompile(`^found packages (\S+) \((.+)\) and (\S+) \((.+)\) in (.+)$`)
)

// cycleOf is what the go command says of a cycle of imports that m is in, "" where there is none.
func cycleOf(m *packages.Package) string {
	for _, e := range m.Errors {
		if msg := strings.TrimSpace(e.Msg); strings.HasPrefix(msg, "import cycle not allowed") {
			return strings.ReplaceAll(msg, "\n", " ")
		}
	}
	return ""
}

// cycle gives the imports of p that the go command has left out, since they close a cycle, that reason.
func (l *loader) cycle(m *packages.Package, p *load.Package, failed map[string]string) {
	why := cycleOf(m)
	if why == "" {
		return
	}
	found := false
	for _, f := range p.Files {
		for _, spec := range f.Syntax.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil && path != "C" && path != "unsafe" && m.Imports[path] == nil {
				failed[path] = why
				found = true
			}
		}
	}
	if !found && len(m.GoFiles) > 0 {
		p.Errors.Add(diag.Start(m.GoFiles[0]), "", "", "%s", why)
	}
}

// position reads file:line:col, as the go command prints it.
func position(s string) (pos token.Position) {
	if s == "" || s == "-" {
		return pos
	}
	rest, last, ok := cutLast(s)
	col, err := strconv.Atoi(last)
	if !ok || err != nil {
		return token.Position{Filename: s}
	}
	if file, line, ok := cutLast(rest); ok {
		if n, err := strconv.Atoi(line); err == nil {
			return token.Position{Filename: file, Line: n, Column: col}
		}
	}
	return token.Position{Filename: rest, Line: col}
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// goError is what the go command said when it could not list anything.
func goError(err error) error {
	text := err.Error()
	if _, stderr, ok := strings.Cut(text, ": stderr: "); ok && strings.TrimSpace(stderr) != "" {
		text = strings.TrimPrefix(stderr, "go: ")
	}
	text, _, _ = strings.Cut(text, ": stderr: ")
	return errors.New(strings.TrimSpace(strings.TrimPrefix(text, "err: ")))
}
