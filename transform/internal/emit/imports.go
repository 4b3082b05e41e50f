package emit

import (
	"bytes"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Generated text names a package by its import path between two runes that Go source cannot have there,
// until all of the file is known, and with it the names that are free:
//
//	x, err := \uE000net/http\uE001.Get(url)   =>   x, err := http.Get(url)
//
// A package has the name that it has in the source file, where package plain has renamed what would hide it.
// One that the source does not import has its own, with a number where that means something else: in the package,
// or anywhere in the text of the file. So has one whose name jennifer keeps for itself.
//
//	import rand1 "math/rand"   // func g(rand int)
const (
	markOpen  = "\uE000"
	markClose = "\uE001"
)

// qualified is the text of a package's identifier.
func qualified(path, name string) string { return markOpen + path + markClose + "." + name }

// rtName is the text of an identifier of the runtime.
func rtName(name string) string { return qualified(load.RuntimePath, name) }

// machineName is the text of an identifier that is there for generated code.
func machineName(name string) string { return qualified(load.MachinePath, name) }

// nameImports chooses what the file calls the packages that texts name.
func (f *file) nameImports() {
	var others []string
	for _, path := range slices.Sorted(maps.Keys(f.paths())) {
		if name, ok := f.knownName(path); ok {
			f.names[path] = name
		} else {
			others = append(others, path)
		}
	}
	if len(others) == 0 {
		return
	}
	taken := map[string]bool{}
	for _, imp := range f.given {
		taken[imp.Name] = true
	}
	for _, d := range f.decls {
		words(d.text, func(w string) { taken[w] = true })
	}
	for _, path := range others {
		name := arrange.Unique(nil, f.pkg.PackageName(path), func(s string) bool { return taken[s] || f.pkg.Means(s) || jen.IsReservedWord(s) })
		f.names[path], taken[name] = name, true
	}
}

// knownName is what the file calls a package, if that follows from the source.
func (f *file) knownName(path string) (name string, ok bool) {
	imp, ok := f.given[path]
	return imp.Name, path == f.pkg.Types.Path() || ok && !jen.IsReservedWord(imp.Name)
}

// longest is how long a text becomes at most, while it is not known what the file calls other packages.
func (f *file) longest(text string) (n int) {
	for {
		before, rest, ok := strings.Cut(text, markOpen)
		n += len(before)
		if !ok {
			return n
		}
		path, rest, _ := strings.Cut(rest, markClose)
		switch name, ok := f.knownName(path); {
		case !ok:
			n += len(f.pkg.PackageName(path) + "99")
		case name == "" || name == ".":
			n-- // no dot
		default:
			n += len(name)
		}
		text = rest
	}
}

// paths are the packages that texts name.
func (f *file) paths() map[string]bool {
	paths := map[string]bool{}
	for _, d := range f.decls {
		text := d.text
		for {
			_, rest, ok := strings.Cut(text, markOpen)
			if !ok {
				break
			}
			path, rest, _ := strings.Cut(rest, markClose)
			if !paths[path] {
				paths[path] = true
			}
			text = rest
		}
	}
	return paths
}

// words calls fn for the identifiers of a text that mean something where they stand: not for selectors, and not for
// what is named with its package.
func words(text string, fn func(string)) {
	for i := 0; i < len(text); i++ {
		switch b := text[i]; {
		case b == '"' || b == '\'' || b == '`':
			if end := quoted(text, i); end >= 0 {
				i = end
			}
		case strings.HasPrefix(text[i:], "//"):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return
			}
			i += end
		case strings.HasPrefix(text[i:], "/*"):
			i += max(0, strings.Index(text[i:], "*/"))
		case strings.HasPrefix(text[i:], markOpen):
			i += strings.Index(text[i:], markClose) + len(markClose) // the dot
		case isIdent(b):
			start := i
			for i+1 < len(text) && isIdent(text[i+1]) {
				i++
			}
			if start == 0 || text[start-1] != '.' && !strings.HasSuffix(text[:start], markClose+".") {
				fn(text[start : i+1])
			}
		}
	}
}

// resolve writes text with the names that the file has for packages.
func (f *file) resolve(out *strings.Builder, text string) {
	for {
		before, rest, ok := strings.Cut(text, markOpen)
		out.WriteString(before)
		if !ok {
			return
		}
		path, rest, _ := strings.Cut(rest, markClose)
		switch name := f.names[path]; name {
		case "", ".":
			text = rest[1:] // without the dot
		default:
			out.WriteString(name)
			text = rest
		}
	}
}

// head is the file up to the imports, which jennifer writes: what the texts name, under the names that are chosen.
func (f *file) head() ([]byte, error) {
	jf := jen.NewFilePathName(f.pkg.Types.Path(), f.pkg.Name)
	jf.HeaderComment(load.Header(filepath.Base(f.src.Name)))
	if c := f.src.Constraint(); c != "" {
		jf.HeaderComment("")
		jf.HeaderComment(c)
	}
	jf.PackageComment("//lint:file-ignore ST1008 the machine that waits is the last result")
	for _, path := range slices.Sorted(maps.Keys(f.names)) {
		name := f.names[path]
		if name == f.pkg.PackageName(path) && !f.given[path].Written {
			jf.ImportName(path, name)
		} else {
			jf.ImportAlias(path, name)
		}
		if err := jen.Qual(path, "X").RenderWithFile(io.Discard, jf); err != nil { // registers it
			return nil, err
		}
	}
	var head bytes.Buffer
	err := jf.Render(&head)
	return grouped(head.Bytes()), err
}

// grouped puts the imports of the standard library before the others, as goimports does:
//
//	import (
//		"fmt"
//
//		"github.com/asyncgen/asyncgen/rt"
//	)
//
// The order within a group is go/format's.
func grouped(src []byte) []byte {
	before, rest, ok := bytes.Cut(src, []byte("\nimport (\n"))
	block, after, end := bytes.Cut(rest, []byte("\n)\n"))
	if !ok || !end {
		return src
	}
	var std, others [][]byte
	for line := range bytes.SplitSeq(block, []byte("\n")) {
		_, path, _ := bytes.Cut(line, []byte(`"`))
		if first, _, _ := bytes.Cut(path, []byte("/")); bytes.Contains(first, []byte(".")) {
			others = append(others, line)
		} else {
			std = append(std, line)
		}
	}
	if len(std) == 0 || len(others) == 0 {
		return src
	}
	lines := append(append(std, nil), others...)
	return bytes.Join([][]byte{before, []byte("\nimport (\n"), bytes.Join(lines, []byte("\n")), []byte("\n)\n"), after}, nil)
}
