package check

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// nearMisses reports comments that somebody meant to be a directive, where what it is for comes next: a function,
// or a literal for //async:plain. Go takes them for prose, so without that the function would not be marked, and
// nobody would know.
//
//	// async:func     //asyncfunc     //Async:func     //async: fun     /*async:func*/     //asnyc:func
//	func f() {}
func (c *checker) nearMisses(f *load.File) {
	var lits map[int]bool
	for _, group := range f.Syntax.Comments {
		for _, comment := range group.List {
			word := meant(comment.Text)
			if word == "" {
				continue
			}
			if word == load.WordPlain && lits == nil {
				lits = c.literalLines(f.Syntax)
			}
			line := c.pkg.Position(comment.Pos()).Line
			if beforeFunc(f.Syntax, comment) || word == load.WordPlain && (lits[line] || lits[line+1]) {
				c.refuse(comment.Pos(), diag.NearMiss, "write //async:"+word, "this is not a directive")
			}
		}
	}
}

var (
	// withColon is what has all parts of a directive, however they are written.
	withColon = regexp.MustCompile(`(?i)^//[@+#!]?\s*async(?:gen)?\s*:\s*([a-z]*)` + optionsEnd)
	// without is what has no colon; it begins as a directive does, so that it is no prose.
	without = regexp.MustCompile(`(?i)^//[@+#!]?async(?:gen)?[\s._/=-]*([a-z]*)` + optionsEnd)
	// inBlock is a directive in a comment of the other kind.
	inBlock = regexp.MustCompile(`(?i)^/\*+\s*async(?:gen)?\s*:\s*([a-z]*)(?:\s+(?:name|await)\s*=\s*\S*)*\s*\*/$`)
)

// optionsEnd matches options, and a comment behind them.
const optionsEnd = `(?:\s+(?:name|await)\s*=\s*\S*)*\s*(?://.*)?$`

// meant is the word of the directive that a comment was meant to be; "" for a directive, and for prose.
func meant(text string) string {
	if !strings.Contains(strings.ToLower(text), "sync") && !strings.Contains(text, ":") {
		return ""
	}
	if d, ok := ast.ParseDirective(token.NoPos, text); ok {
		if d.Tool == "async" || !known(d.Name) || distance(d.Tool, "async") > 2 && d.Tool != "asyncgen" {
			return "" // ours, which is checked as such, or another tool's
		}
		return d.Name
	}
	for _, pattern := range []*regexp.Regexp{withColon, without, inBlock} {
		if m := pattern.FindStringSubmatch(text); m != nil {
			if word := nearest(strings.ToLower(m[1])); word != "" && (m[1] != "" || strings.HasPrefix(strings.ToLower(text), "//async")) {
				return word
			}
		}
	}
	return ""
}

// nearest is the word of a directive that is most like word, "" where none is.
func nearest(word string) string {
	switch word {
	case "", "fn", "function", "functions", "method":
		return load.WordFunc
	case "iter", "iterator", "generator":
		return load.WordStream
	}
	for _, known := range []string{load.WordFunc, load.WordStream, load.WordPlain} {
		if distance(word, known) <= 1 || len(known) > 4 && distance(word, known) == 2 {
			return known
		}
	}
	return ""
}

// distance is how many letters have to be put in, taken out, replaced or exchanged with the next one to make
// b of a.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replace := d[i-1][j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// beforeFunc reports whether a function is the first thing after a comment, empty lines and other comments aside.
func beforeFunc(file *ast.File, comment *ast.Comment) bool {
	if comment.Pos() < file.Name.Pos() {
		return false
	}
	for _, d := range file.Decls {
		if d.End() <= comment.Pos() {
			continue
		}
		fn, ok := d.(*ast.FuncDecl)
		return ok && comment.Pos() < fn.Type.Pos()
	}
	return false
}

// literalLines are the lines on which function literals begin.
func (c *checker) literalLines(file *ast.File) map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			lines[c.pkg.Position(lit.Pos()).Line] = true
		}
		return true
	})
	return lines
}
