package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
)

// cell ends what has a column of its own among neighbouring lines: the name of a field, the head of a function
// of one line. A comment behind code has one without that.
const cell = "\v"

// format appends a declaration as [format.Source] makes it. To parse and print all text once more costs as much
// as all passes together, and for most of it there is nothing to find out: a line is a statement or the header
// of a block, with the spaces that it is to have, because go/printer has made it or because we have. A
// declaration of such lines is only indented and aligned. The others are left to format.Source.
func (l *layouter) format(decl string) error {
	l.out = append(l.out, '\n')
	before := len(l.out)
	if l.decl(decl) {
		return nil
	}
	const clause = "package p\n\n"
	text, err := format.Source([]byte(clause + strings.ReplaceAll(decl, cell, " ")))
	// A body of one line does not stay where the types before it have several, nor a comment of several lines.
	again := bytes.Count(text, []byte("\n")) > strings.Count(clause+decl, "\n")+1 || strings.Contains(decl, "/*")
	for tries := 0; tries < 4 && err == nil && again; tries++ {
		last := text
		text, err = format.Source(last)
		again = !bytes.Equal(text, last)
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, decl)
	}
	l.out = append(l.out[:before], text[len(clause):]...)
	return nil
}
