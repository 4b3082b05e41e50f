package main

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is Markdown as GitHub has it. Ids in braces, ## Like this {#id}, are understood as well.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM, extension.Footnote),
	goldmark.WithParserOptions(parser.WithHeadingAttribute()),
).Parser()

func parseMarkdown(src []byte) *document {
	d := &document{anchors: map[string]bool{}}
	lines := newLines(src)
	// The visitor never fails, so neither does the walk.
	_ = ast.Walk(markdown.Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			d.links = append(d.links, link{lines.at(n.Pos()), string(n.Destination)})
		case *ast.Image:
			d.links = append(d.links, link{lines.at(n.Pos()), string(n.Destination)})
		case *ast.AutoLink: // is a whole URL, or an address of mail
			d.links = append(d.links, link{lines.at(n.Pos()), autoLink(n, src)})
		case *ast.Heading:
			d.addHeading(n, src)
		case *ast.RawHTML:
			d.addSegments(n.Segments, src, lines)
		case *ast.HTMLBlock:
			d.addSegments(n.Lines(), src, lines)
		}
		return ast.WalkContinue, nil
	})
	return d
}

func autoLink(n *ast.AutoLink, src []byte) string {
	if n.AutoLinkType == ast.AutoLinkEmail {
		return "mailto:" + string(n.Label(src))
	}
	return string(n.URL(src))
}

// addSegments adds what a piece of HTML has.
func (d *document) addSegments(s *text.Segments, src []byte, lines lines) {
	if s.Len() == 0 {
		return
	}
	from, to := s.At(0).Start, s.At(s.Len()-1).Stop
	d.addHTML(src[from:to], from, lines)
}

// addHeading adds the ids of a heading: its own, and the one that GitHub makes of its text. The
// second heading of the same text gets the suffix -1.
func (d *document) addHeading(h *ast.Heading, src []byte) {
	if id, ok := h.AttributeString("id"); ok {
		if b, ok := id.([]byte); ok {
			d.anchors[string(b)] = true
		}
	}
	var b strings.Builder
	writeText(&b, h, src)
	name := slug(b.String())
	id := name
	for i := 1; d.anchors[id]; i++ {
		id = fmt.Sprintf("%s-%d", name, i)
	}
	d.anchors[id] = true
}

// writeText writes the text of a node, without markup.
func writeText(b *strings.Builder, n ast.Node, src []byte) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			value := c.Value(src)
			if n.Kind() != ast.KindCodeSpan {
				value = util.ResolveEntityNames(util.ResolveNumericReferences(value))
			}
			b.Write(value)
			if c.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.Image: // its text is not shown
		default:
			writeText(b, c, src)
		}
	}
}

// slug is the id that GitHub gives a heading: in lower case, without punctuation, with hyphens for
// spaces.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Nl, unicode.Pc):
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, strings.TrimSpace(heading))
}
