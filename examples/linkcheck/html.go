package main

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// linkAttrs has, for each element with a link, the attribute that holds it.
var linkAttrs = map[string]string{
	"a": "href", "area": "href", "link": "href",
	"audio": "src", "embed": "src", "iframe": "src", "img": "src", "script": "src",
	"source": "src", "track": "src", "video": "src",
}

func parseHTML(src []byte) *document {
	d := &document{anchors: map[string]bool{}}
	d.addHTML(src, 0, newLines(src))
	return d
}

// addHTML adds what a piece of HTML has, which begins at an offset of the file.
func (d *document) addHTML(src []byte, offset int, lines lines) {
	z := html.NewTokenizer(bytes.NewReader(src))
	for {
		kind := z.Next()
		line := lines.at(offset)
		offset += len(z.Raw())
		switch kind {
		case html.ErrorToken:
			return // the end: any text is HTML
		case html.StartTagToken, html.SelfClosingTagToken:
			d.addElement(z.Token(), line)
		}
	}
}

func (d *document) addElement(t html.Token, line int) {
	for _, a := range t.Attr {
		switch {
		case a.Key == "id", a.Key == "name" && t.Data == "a":
			d.anchors[a.Val] = true
		case a.Key == "href" && t.Data == "base":
			d.moved = true
		case a.Key == linkAttrs[t.Data]:
			d.links = append(d.links, link{line, strings.TrimSpace(a.Val)})
		}
	}
}
