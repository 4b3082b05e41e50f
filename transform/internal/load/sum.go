package load

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/version"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// A Sum says what the async form of a function was made from, in few characters. It stands in the generated
// file, so that who looks at that and at the source sees whether they belong together, without generating.
type Sum struct {
	// Source is of what the user wrote: the directive and the declaration, without comments and layout.
	// Where it stands does not count either: that is in comments of the generated file alone.
	Source string
	// Meaning is of what the words in it mean elsewhere: which calls wait and how, which packages the
	// names of packages are, the types of variables, and whether each turn of a loop has its own.
	Meaning string
}

// noteSums finds the sums of the marked functions, while they are as they were written.
func (p *Package) noteSums() {
	if p.Info == nil || p.Errors.Failed() {
		return
	}
	_ = p.Each(func(_ int, fn *Func, _ *diag.List) { // no problem is added
		if fn.Obj != nil && fn.Decl.Body != nil {
			fn.Sum = Sum{Source: fn.sourceSum(), Meaning: p.meaningSum(fn)}
		}
	})
}

// digest is a sum of text as it is printed.
func digest(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:3])
}

// sourceSum is [Sum.Source].
func (f *Func) sourceSum() string {
	s := speller{text: make([]byte, 0, 2*(f.Decl.End()-f.Decl.Pos()))}
	s.words("name", f.Options.Name, "stream", strconv.FormatBool(f.Options.Stream))
	s.words(f.Options.Await...)
	ast.Inspect(f.Decl, s.visit)
	return digest(s.text)
}

// meaningSum is [Sum.Meaning].
func (p *Package) meaningSum(fn *Func) string {
	var s speller
	if v := fn.File.GoVersion; v != "" && version.Compare(v, "go1.22") < 0 {
		s.words("loops share their variables")
	}
	seen := p.Survey(fn)
	ordinary := func(n ast.Node) bool { // what an ordinary literal calls is called as it is
		return slices.ContainsFunc(seen.Lits, func(lit *ast.FuncLit) bool {
			return !seen.IsBlock(lit) && lit.Pos() <= n.Pos() && n.End() <= lit.End()
		})
	}
	ast.Inspect(fn.Decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CommentGroup:
			return false
		case *ast.Ident:
			p.spellIdent(&s, n)
		case *ast.FuncLit:
			if seen.IsBlock(n) {
				s.words("block")
			}
		case *ast.RangeStmt:
			if p.EachOf(n.X) != nil && !ordinary(n) {
				s.words("each")
			}
		case *ast.CallExpr:
			if a := seen.Await(n); a != nil && !ordinary(n) {
				p.spellAwait(&s, a)
			}
		}
		return true
	})
	return digest(s.text)
}

// Records are the sums in a generated file, by the name of the function: fetch, Client.Get.
type Records map[string]Sum

// recordStart begins the comment with the sum of a function.
const recordStart = "//async:of "

// Record is the comment that states the sum of fn, on a line that does not compile where the signature of fn
// has changed.
func (fn *Func) Record() string {
	return fn.Sum.record(fn.FullName())
}

func (s Sum) record(name string) string {
	return recordStart + name + " " + s.Source + "-" + s.Meaning + "; if this does not compile, run asyncgen"
}

// FullName is how people call the function.
func (fn *Func) FullName() string { return FullName(fn.Decl) }

// FullName is how people call a function: Fetch, or Client.Get.
func FullName(decl *ast.FuncDecl) string {
	if recv := ReceiverName(decl); recv != "" {
		return recv + "." + decl.Name.Name
	}
	return decl.Name.Name
}

var recordPattern = regexp.MustCompile(`//async:of (\S+) ([0-9a-f]{6})-([0-9a-f]{6});`)

// addRecords notes what a generated file says of itself.
func (p *Package) addRecords(name string, list Records) {
	if p.records == nil {
		p.records = map[string]Records{}
	}
	p.records[name] = list
}

// GeneratedFiles are the names of the generated files of the package that are part of the build.
func (p *Package) GeneratedFiles() []string { return sortedKeys(p.records) }

// Records are the sums in the generated file of that name; ok reports whether the build has that.
func (p *Package) Records(name string) (list Records, ok bool) {
	list, ok = p.records[name]
	return list, ok
}

// Outline is a generated file without code: who has the package with declarations in its place that are not
// those of the file sees what it was made from.
func (p *Package) Outline(name string) *ast.File {
	var text strings.Builder
	text.WriteString(Header(filepath.Base(name)) + "\n\n")
	for _, fn := range sortedKeys(p.records[name]) {
		text.WriteString(p.records[name][fn].record(fn) + "\n")
	}
	text.WriteString("\npackage " + p.Name + "\n")
	f, err := parser.ParseFile(p.Fset, name, text.String(), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil // a package without a name, which has other problems
	}
	return f
}

// records reads the sums of a generated file.
func records(src string) Records {
	list := Records{}
	if !strings.Contains(src, recordStart) {
		return list
	}
	for _, m := range recordPattern.FindAllStringSubmatch(src, -1) {
		list[m[1]] = Sum{Source: m[2], Meaning: m[3]}
	}
	return list
}
