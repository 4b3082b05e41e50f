package emit

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/scanner"
	"go/token"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// comments hands out the comments of one body, each once, where its statement is printed.
type comments struct {
	fset   *token.FileSet
	src    []byte // of the file
	groups []*ast.CommentGroup
	used   map[*ast.CommentGroup]bool
	owner  map[*ast.CommentGroup]ast.Stmt
}

// newComments finds the comments inside the body of m, but not those inside its blocks.
func newComments(f *file, m *ir.Machine) *comments {
	c := &comments{fset: f.fset, src: f.src.Src, used: map[*ast.CommentGroup]bool{}}
	inBlock := func(g *ast.CommentGroup) bool {
		for _, child := range m.Children {
			if child.Lit.Pos() < g.Pos() && g.End() < child.Lit.End() {
				return true
			}
		}
		return false
	}
	all := f.src.Syntax.Comments
	first, _ := slices.BinarySearchFunc(all, m.Body.Lbrace, func(g *ast.CommentGroup, pos token.Pos) int { return cmp.Compare(g.Pos(), pos) })
	for _, g := range all[first:] {
		if g.End() >= m.Body.Rbrace {
			break
		}
		if !inBlock(g) {
			c.groups = append(c.groups, withoutDirectives(g))
		}
	}
	if len(c.groups) > 0 {
		c.own(m.Body)
	}
	return c
}

// withoutDirectives is g, or a copy in which no comment sets the compiler's position: in the generated
// file it would be wrong.
//
//	//line feed.y:12   =>   // line feed.y:12
func withoutDirectives(g *ast.CommentGroup) *ast.CommentGroup {
	out := &ast.CommentGroup{}
	changed := false
	for _, l := range g.List {
		if text := l.Text; strings.HasPrefix(text[2:], "line ") {
			l = &ast.Comment{Slash: l.Slash, Text: text[:2] + " " + text[2:]}
			changed = true
		}
		out.List = append(out.List, l)
	}
	if !changed {
		return g
	}
	return out
}

// before prints the comments that belong to n: those right before it, or before the statement that it
// is a part of.
func (c *comments) before(b *body, n ast.Node) {
	if !n.Pos().IsValid() {
		return
	}
	for _, g := range c.groups {
		o := c.owner[g]
		if !c.used[g] && o != nil && o.Pos() <= n.Pos() && n.End() <= o.End() {
			c.print(b, []*ast.CommentGroup{g})
		}
	}
}

// of prints the comments right before s.
func (c *comments) of(b *body, s ast.Stmt) {
	for _, g := range c.groups {
		if !c.used[g] && c.owner[g] == s {
			c.print(b, []*ast.CommentGroup{g})
		}
	}
}

// rest prints the comments within n that nothing has printed.
func (c *comments) rest(b *body, n ast.Node) {
	for _, g := range c.groups {
		if !c.used[g] && n.Pos() <= g.Pos() && g.End() <= n.End() {
			c.print(b, []*ast.CommentGroup{g})
		}
	}
}

// print prints comments on lines of their own.
func (c *comments) print(b *body, groups []*ast.CommentGroup) {
	for _, g := range groups {
		c.used[g] = true
		for _, l := range g.List {
			b.out = append(b.out, strings.Split(l.Text, "\n")...)
		}
	}
}

// own finds the statement that each comment stands before: the outermost of those that begin next.
func (c *comments) own(body *ast.BlockStmt) {
	c.owner = map[*ast.CommentGroup]ast.Stmt{}
	ast.Inspect(body, func(n ast.Node) bool {
		s, ok := n.(ast.Stmt)
		if !ok || n == ast.Node(body) || !s.Pos().IsValid() {
			return true
		}
		for _, g := range c.groups {
			if o := c.owner[g]; g.End() <= s.Pos() && (o == nil || s.Pos() < o.Pos()) {
				c.owner[g] = s
			}
		}
		return true
	})
}

// inside is the comments within n.
func (c *comments) inside(n ast.Node) (groups []*ast.CommentGroup) {
	for _, g := range c.groups {
		if n.Pos() <= g.Pos() && g.End() <= n.End() {
			c.used[g] = true
			groups = append(groups, g)
		}
	}
	return groups
}

// ownLines is how many lines comments add to the code around them: those that begin behind code do not count.
func (c *comments) ownLines(groups []*ast.CommentGroup) (n int) {
	for _, g := range groups {
		n += c.line(g.End()) - c.line(g.Pos())
		at := c.fset.PositionFor(g.Pos(), false)
		if len(bytes.TrimSpace(c.src[at.Offset-at.Column+1:at.Offset])) == 0 {
			n++
		}
	}
	return n
}

// sameTokens reports whether two texts are the same Go, whatever their comments and lines are.
func sameTokens(a, b string) bool { return slices.Equal(tokensOf(a), tokensOf(b)) }

// tokensOf are the tokens of a text. Lines end statements, so what a line end means is a token, too; the comma that a
// list of several lines ends with is none.
func tokensOf(text string) (list []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), []byte(text), nil, 0)
	for {
		_, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return list
		case token.RPAREN, token.RBRACE, token.RBRACK:
			if n := len(list); n > 0 && list[n-1] == "," {
				list = list[:n-1]
			}
		case token.SEMICOLON:
			lit = ";"
		}
		if lit == "" {
			lit = tok.String()
		}
		list = append(list, lit)
	}
}

// after is a comment on the line where n ends, with a space before it.
func (c *comments) after(n ast.Node) string {
	if !n.End().IsValid() {
		return ""
	}
	for _, g := range c.groups {
		if !c.used[g] && g.Pos() >= n.End() && len(g.List) == 1 && c.line(g.Pos()) == c.line(n.End()) {
			c.used[g] = true
			return " " + g.List[0].Text
		}
	}
	return ""
}

func (c *comments) line(p token.Pos) int { return c.fset.PositionFor(p, false).Line }
