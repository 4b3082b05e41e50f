package transform

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

var (
	everyGap = flag.Bool("gaps", false, "let TestComments put comments into all gaps, not into a sample")
	gapShare = flag.Int("gaps.share", 89, "of the gaps take one in so many: a prime, so that those of one case are not all of one kind")
	firstGap = flag.Int("gaps.first", 0, "begin with this one")
)

// TestComments puts a comment into the gaps between the tokens of the goldens' sources, one in each function at
// a time. Code comes out as it does without the comment: it parses, type-checks, is formatted, and differs in
// comments and line numbers alone. All gaps take minutes:
//
//	go test ./transform -run TestComments -gaps
func TestComments(t *testing.T) {
	names, err := filepath.Glob("../testdata/golden/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no goldens", err)
	}
	total, first := 0, *firstGap%*gapShare
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for dir, files := range packagesOf(archive) {
			name := strings.TrimSuffix(filepath.Base(name), ".txtar") + strings.TrimSuffix("/"+dir, "/.")
			t.Run(name, func(t *testing.T) {
				step := 1
				if !*everyGap {
					step = *gapShare
				}
				n, next := commentPackage(t, files, first, step)
				total, first = total+n, next
			})
		}
	}
	t.Logf("%d comments", total)
	if total**gapShare < 29_000 && !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		t.Errorf("%d comments are too few to show anything", total)
	}
}

// packagesOf are the packages of a golden of which all imports can be had without it, by directory.
func packagesOf(archive *txtar.Archive) map[string]map[string][]byte {
	pkgs := map[string]map[string][]byte{}
	for _, f := range archive.Files {
		if path.Ext(f.Name) != ".go" || strings.Contains(f.Name, "_async") {
			continue
		}
		dir := path.Dir(f.Name)
		if pkgs[dir] == nil {
			pkgs[dir] = map[string][]byte{}
		}
		pkgs[dir][path.Base(f.Name)] = f.Data
	}
	for dir, files := range pkgs {
		for _, src := range files {
			if bytes.Contains(src, []byte(`"`+module+"forms/")) {
				delete(pkgs, dir)
			}
		}
	}
	return pkgs
}

// A gap is a place between two tokens, with a comment for it.
type gap struct {
	at   int // offset in the file
	text string
}

// commentPackage puts comments into one package, into every step-th gap from the first on. It says how many, and
// where the next package goes on.
func commentPackage(t *testing.T, files map[string][]byte, first, step int) (n, next int) {
	want := compileCommented(t, files)
	for _, name := range sortedNames(files) {
		byDecl := gapsOf(t, files[name])
		for round := 0; ; round++ {
			var gaps []gap
			for _, list := range byDecl {
				if i := first + round*step; i < len(list) {
					gaps = append(gaps, list[i])
				}
			}
			if len(gaps) == 0 {
				break
			}
			n += len(gaps)
			if !commentFile(t, files, name, gaps, want) {
				for _, g := range gaps { // which of them
					if commentFile(t, files, name, []gap{g}, want) {
						continue
					}
					pos := 1 + bytes.Count(files[name][:g.at], []byte("\n"))
					line := bytes.LastIndexByte(files[name][:g.at], '\n') + 1
					got := compileWith(files, name, []gap{g})
					t.Errorf("%s:%d: %q after %q: %s", name, pos, g.text, files[name][line:g.at], firstDifference(want, got))
				}
			}
		}
	}
	return n, (first + 7) % step
}

func commentFile(t *testing.T, files map[string][]byte, name string, gaps []gap, want []string) bool {
	t.Helper()
	return slices.Equal(want, compileWith(files, name, gaps))
}

// compileWith is the tokens of what is generated with comments in the gaps of one file.
func compileWith(files map[string][]byte, name string, gaps []gap) []string {
	all := map[string][]byte{}
	for n, src := range files {
		all[n] = src
	}
	var out []byte
	from := 0
	slices.SortFunc(gaps, func(a, b gap) int { return a.at - b.at })
	for _, g := range gaps {
		out = append(append(out, files[name][from:g.at]...), g.text...)
		from = g.at
	}
	all[name] = append(out, files[name][from:]...)
	tokens, err := compiledTokens(all)
	if err != nil {
		return []string{err.Error()}
	}
	return tokens
}

func compileCommented(t *testing.T, files map[string][]byte) []string {
	t.Helper()
	tokens, err := compiledTokens(files)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// compiledTokens compiles a package, verifies it, and is the tokens of the generated files.
func compiledTokens(files map[string][]byte) ([]string, error) {
	p, err := loader.Source(module+"x", files)
	if err != nil {
		return nil, err
	}
	res, err := compile(Config{Verify: true}, []*load.Package{p}, nil)
	var problems Problems
	if err != nil && (!errors.As(err, &problems) || problems.Failed()) {
		return nil, err
	}
	var tokens []string
	for _, f := range res.Files {
		tokens = append(tokens, tokensOf(f.Content)...)
	}
	return tokens, nil
}

// lineNumber is a line of a source, or how far below the start of its function it is, with what aligns it.
var lineNumber = regexp.MustCompile(`\.go:\d+|\s+\+\d+\s*`)

// tokensOf are the tokens of a file without comments, line numbers, and what stands at the end of a line only.
func tokensOf(src []byte) (list []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return list
		case token.SEMICOLON, token.IF: // an await that takes several lines has its if after it
			continue
		case token.RPAREN, token.RBRACE, token.RBRACK:
			if n := len(list); n > 0 && list[n-1] == "," {
				list = list[:n-1]
			}
		case token.STRING:
			list = append(list, lineNumber.ReplaceAllString(lit, " N "))
			continue
		}
		if lit == "" {
			lit = tok.String()
		}
		list = append(list, lit)
	}
}

// gapsOf are the gaps of a file by the declaration that they are in, each with each kind of comment that the
// grammar allows there: one that ends its line does not stand where that would end a statement.
func gapsOf(t *testing.T, src []byte) [][]gap {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var ends []int // of the declarations
	for _, d := range f.Decls {
		ends = append(ends, fset.Position(d.End()).Offset)
	}
	byDecl := make([][]gap, len(ends)+1)
	tokens := spans(src)
	for i, tok := range tokens[:len(tokens)-1] {
		if inDirective(f, fset, tok.to) {
			continue
		}
		d, _ := slices.BinarySearch(ends, tok.to)
		between := src[tok.to:tokens[i+1].from]
		eol := bytes.IndexByte(between, '\n') >= 0
		blank := len(bytes.TrimSpace(between)) == 0 && !afterDirective(src, tok.to)
		texts := []string{" /* c */ "}
		switch {
		case eol && blank:
			texts = append(texts, " // c", "\n\n// c\n", " /* c\nc */")
		case !eol && blank && !endsStatement(string(src[tok.from:tok.to])):
			texts = append(texts, " // c\n", "\n// c\n", " /* c\nc */ ")
		}
		for _, text := range texts {
			byDecl[d] = append(byDecl[d], gap{tok.to, text})
		}
	}
	return byDecl
}

// inDirective reports whether a comment at an offset would be a part of what follows the package clause's own
// comments.
func inDirective(f *ast.File, fset *token.FileSet, at int) bool {
	for _, g := range f.Comments {
		if fset.Position(g.Pos()).Offset <= at && at < fset.Position(g.End()).Offset {
			return true
		}
	}
	return false
}

// afterDirective reports whether the line before has a directive, which has to stay there.
func afterDirective(src []byte, at int) bool {
	lines := bytes.Split(src[:at], []byte("\n"))
	return len(lines) > 1 && bytes.HasPrefix(bytes.TrimSpace(lines[len(lines)-2]), []byte("//async:"))
}

// endsStatement reports whether a line that ends in a token ends a statement.
func endsStatement(tok string) bool {
	var s scanner.Scanner
	src := []byte(tok + "\n")
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	s.Scan()
	_, next, _ := s.Scan()
	return next == token.SEMICOLON
}

func sortedNames(files map[string][]byte) (names []string) {
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func firstDifference(want, got []string) string {
	if len(got) == 1 {
		return got[0]
	}
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			return fmt.Sprintf("want %s, got %s", strings.Join(want[max(0, i-5):min(len(want), i+8)], " "),
				strings.Join(got[min(len(got), max(0, i-5)):min(len(got), i+8)], " "))
		}
	}
	return "there is more behind token " + strconv.Itoa(len(want))
}
