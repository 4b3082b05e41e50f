package transform

import (
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzCompile compiles any Go file: the answer is a file that type-checks, or problems of the user's.
// A panic, or a problem of ours, fails. With -files the Go files of other directories are seeds too:
//
//	go test ./transform -fuzz FuzzCompile -parallel 1 -files=$(go env GOROOT)/test
func FuzzCompile(f *testing.F) {
	for _, src := range seeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) { fuzzed(t, src) })
}

// FuzzTokens is FuzzCompile with changes that leave tokens whole, so that more files parse: each pair of
// bytes of edits does something to one token of the source.
func FuzzTokens(f *testing.F) {
	for i, src := range seeds(f) {
		f.Add(src, []byte{byte(i), byte(i >> 3), 7, 11})
	}
	f.Fuzz(func(t *testing.T, src, edits []byte) { fuzzed(t, editTokens(src, edits)) })
}

// fuzzSize is the size up to which a file is fuzzed; TestFiles has the long ones.
const fuzzSize = 40_000

func fuzzed(t *testing.T, src []byte) {
	if len(src) > fuzzSize {
		t.Skip("too long")
	}
	if _, known := importsOf(src); !known || !knownImports(src) {
		t.Skip("would ask the go command for more packages")
	}
	compileAny(t, src)
}

// seeds are the Go files of all our tests, and those of -files with their functions marked.
func seeds(f *testing.F) (list [][]byte) {
	for _, pattern := range []string{
		"../testdata/golden/*.txtar",
		"internal/check/testdata/*.txtar",
		"internal/plain/testdata/*.txtar",
		"vet/testdata/*.txtar",
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				f.Fatal(err)
			}
			for _, file := range archive.Files {
				if strings.HasSuffix(file.Name, ".go") {
					list = append(list, file.Data)
				}
			}
		}
	}
	dirs := []string{"testdata/files"}
	if *anyFiles != "" {
		dirs = append(dirs, strings.Split(*anyFiles, ",")...)
	}
	files := goFiles(f, dirs)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if len(files[name]) < fuzzSize/2 {
			list = append(list, markLines(files[name]))
		}
	}
	if len(list) == 0 {
		f.Fatal("no seeds")
	}
	return list
}

// A span is the place of a token in a source.
type span struct{ from, to int }

// editTokens changes tokens of a source: the first byte of a pair says which, the second what is done.
// A token is removed, doubled, replaced by another of the source, or gets an await before it.
func editTokens(src, edits []byte) []byte {
	const most = 8
	for i := 0; i+1 < len(edits) && i < 2*most; i += 2 {
		tokens := spans(src)
		if len(tokens) == 0 {
			break
		}
		at := tokens[(int(edits[i])*257+int(edits[i+1]))%len(tokens)]
		other := tokens[int(edits[i+1])%len(tokens)]
		text := string(src[at.from:at.to])
		switch edits[i+1] % 5 {
		case 0:
			text = ""
		case 1:
			text += " " + text
		case 2, 3:
			text = string(src[other.from:other.to])
		case 4:
			text = "rt.Yield(); " + text
		}
		src = slices.Concat(src[:at.from], []byte(text), src[at.to:])
	}
	return src
}

// spans are the tokens of a source, without comments and semicolons that are not written.
func spans(src []byte) (list []span) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, nil, 0)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return list
		}
		from := file.Offset(pos)
		if lit == "" {
			lit = tok.String()
		}
		if to := from + len(lit); lit != "\n" && to <= len(src) {
			list = append(list, span{from, to})
		}
	}
}

// fuzzImports are the packages that a fuzzed file may import.
var fuzzImports = map[string]bool{
	"C": true, "unsafe": true, module + "rt": true, module + "internal/difftest/env": true,
	"bytes": true, "cmp": true, "context": true, "encoding/binary": true, "errors": true, "fmt": true, "io": true,
	"iter": true, "maps": true, "os": true, "reflect": true, "runtime": true, "slices": true, "sort": true,
	"strconv": true, "strings": true, "sync": true, "sync/atomic": true, "testing": true, "time": true,
}

func knownImports(src []byte) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", src, parser.ImportsOnly)
	if err != nil && file == nil {
		return true
	}
	for _, spec := range file.Imports {
		if !fuzzImports[strings.Trim(spec.Path.Value, "\"`")] {
			return false
		}
	}
	return true
}
