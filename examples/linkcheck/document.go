package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// entry is what there is at a path.
type entry struct {
	dir   bool
	index string    // of a directory: the file that is shown for it, if there is one
	doc   *document // of a Markdown or HTML file
}

// document is what a file has to do with links.
type document struct {
	links   []link
	anchors map[string]bool
	moved   bool // has a <base>: its links start elsewhere
}

// link is a link in a document.
type link struct {
	line int
	dest string
}

// has reports whether a fragment leads somewhere.
func (d *document) has(fragment string) bool {
	return d.anchors[fragment] || strings.EqualFold(fragment, "top")
}

// isDocument reports whether a file has links, by its name.
func isDocument(path string) bool { return parserOf(path) != nil }

// parserOf is the function that reads files with such a name; nil if they have no links.
func parserOf(path string) func(src []byte) *document {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".md", ".markdown":
		return parseMarkdown
	case ".html", ".htm":
		return parseHTML
	}
	return nil
}

// look finds out what there is at a path. It blocks.
func look(path string) (*entry, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return lookDir(path)
	}
	parse := parserOf(path)
	if parse == nil || !info.Mode().IsRegular() {
		return &entry{}, nil
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &entry{doc: parse(src)}, nil
}

func lookDir(path string) (*entry, error) {
	e := &entry{dir: true}
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		switch strings.ToLower(f.Name()) {
		case "readme.md", "index.md", "index.html":
			e.index = f.Name()
		}
	}
	return e, nil
}

// lines finds the line of an offset.
type lines []int // where lines end

func newLines(src []byte) lines {
	var ends lines
	for i := 0; ; i++ {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return ends
		}
		i += n
		ends = append(ends, i)
	}
}

func (l lines) at(offset int) int {
	n, _ := slices.BinarySearch(l, offset)
	return n + 1
}
