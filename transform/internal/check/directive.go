package check

import (
	"go/ast"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// directives checks every //async: comment of the package, and the functions that they mark, as far
// as syntax tells.
func (c *checker) directives() {
	linked := c.linknames()
	for _, f := range c.pkg.Files {
		seen := map[*ast.FuncDecl]bool{}
		for _, d := range f.Directives {
			if !f.Broken || d.Decl != nil || d.Lit != nil || !known(d.Word) {
				c.directive(d)
			}
			if d.Decl == nil || d.Word != load.WordFunc && d.Word != load.WordStream {
				continue
			}
			if seen[d.Decl] {
				c.refuse(d.Pos, diag.BadOption, "give all options in one", "a second directive on %s", d.Decl.Name.Name)
			}
			seen[d.Decl] = true
			c.markable(f, d)
			c.linked(d, linked)
		}
		c.nearMisses(f)
	}
}

// known reports whether a word is one of ours. Where a file does not parse, what a directive with such a word
// stands before may be lost.
func known(word string) bool {
	return word == load.WordFunc || word == load.WordStream || word == load.WordPlain
}

// directive checks the words of one directive, and where it stands.
func (c *checker) directive(d *load.Directive) {
	switch d.Word {
	case load.WordFunc:
		if d.Decl == nil {
			c.refuse(d.Pos, diag.Misplaced, "put it into the doc comment of a function, with no empty line between",
				"//async:func marks no function")
			return
		}
		_, errs := load.ParseOptions(d)
		for _, e := range errs {
			c.refuse(e.Pos, diag.BadOption, "the options are name=Identifier and await=parameter,…", "%s", e.Message)
		}
	case load.WordStream:
		c.stream(d)
	case load.WordPlain:
		if d.Lit == nil {
			c.refuse(d.Pos, diag.Misplaced, "put it on the line where the literal begins, or on the line before",
				"//async:plain belongs to no function literal")
		}
		if len(d.Args) > 0 {
			c.refuse(d.Args[0].Pos, diag.BadOption, "remove it", "//async:plain has no options")
		}
	default:
		c.refuse(d.Pos, diag.UnknownWord, "the words are func, stream and plain", "unknown directive //async:%s", d.Word)
	}
}

// markable checks that a function can have an async form.
func (c *checker) markable(f *load.File, d *load.Directive) {
	if o := obstacleTo(f, d.Decl); o != nil {
		c.refuse(d.Decl.Name.Pos(), o.id, o.hint, "%s", o.message)
	}
}

// CanMark reports whether a function of f can be marked.
func CanMark(f *load.File, decl *ast.FuncDecl) bool { return obstacleTo(f, decl) == nil }

// Obstacle says why a function cannot be marked, "" if it can.
func Obstacle(f *load.File, decl *ast.FuncDecl) string {
	if o := obstacleTo(f, decl); o != nil {
		return o.message
	}
	return ""
}

// An obstacle is why a function cannot be marked.
type obstacle struct{ id, hint, message string }

// obstacleTo finds what stands in the way of an async form of decl; nil if nothing does.
func obstacleTo(f *load.File, decl *ast.FuncDecl) *obstacle {
	name := decl.Name.Name
	const moved = "move the body to a function of its own and mark that"
	switch {
	case decl.Body == nil:
		return &obstacle{diag.NoBody, "mark a function that calls it", name + " has no body, so there is nothing to transform"}
	case name == "_":
		return &obstacle{diag.Unmarkable, "give it a name", "a function named _ cannot be called, so it has no async form"}
	case decl.Recv != nil && decl.Type.TypeParams != nil: // since Go 1.27
		return &obstacle{diag.UnknownNode, "mark a function that has the receiver as a parameter",
			name + " is a method with type parameters of its own, which asyncgen does not know"}
	case decl.Recv != nil:
		return nil
	case name == "init", name == "main" && f.Syntax.Name.Name == "main":
		return &obstacle{diag.Unmarkable, moved, name + " is called by Go alone, so it has no async form"}
	case f.Test && isTest(name):
		return &obstacle{diag.Unmarkable, moved, "go test would take " + name + "Async for a test"}
	}
	return nil
}

// isTest reports whether go test looks at a function of that name.
func isTest(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if r, _ := utf8.DecodeRuneInString(rest); ok && (rest == "" || !unicode.IsLower(r)) {
			return true
		}
	}
	return false
}

// linknames are the functions that //go:linkname names, in any file of the package.
func (c *checker) linknames() map[string]bool {
	names := map[string]bool{}
	for _, f := range c.pkg.Files {
		for _, group := range f.Syntax.Comments {
			for _, comment := range group.List {
				if rest, ok := strings.CutPrefix(comment.Text, "//go:linkname "); ok {
					if words := strings.Fields(rest); len(words) > 0 {
						names[words[0]] = true
					}
				}
			}
		}
	}
	return names
}

// linked checks for the other directives that a function may have.
func (c *checker) linked(d *load.Directive, linknames map[string]bool) {
	name := d.Decl.Name.Name
	if d.Decl.Recv == nil && linknames[name] {
		c.refuse(d.Pos, diag.Linked, "mark a function that it calls", "%s has a //go:linkname, which its async form cannot have", name)
	}
	for _, comment := range d.Decl.Doc.List {
		if strings.HasPrefix(comment.Text, "//export ") {
			c.refuse(comment.Pos(), diag.Linked, "mark a function that it calls", "%s is exported to C, which its async form cannot be", name)
		}
		word, ok := strings.CutPrefix(comment.Text, "//go:")
		word, _, _ = strings.Cut(word, " ")
		switch word {
		case "linkname", "generate", "embed", "build", "debug", "fix":
		default:
			if ok {
				c.warn(comment.Pos(), diag.Pragma, "nothing is wrong if only the blocking form needs it; else move it to a function that this one calls", "the async form of %s does not have //go:%s", name, word)
			}
		}
	}
}
