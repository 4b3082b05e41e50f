package emit

import (
	"go/format"
	"strings"
)

// declMark stands before each declaration until the file is formatted.
const declMark = "\uE020"

// cell ends what has a column of its own among neighbouring lines: the name of a field, the head of a function
// of one line. A comment behind code has one without that.
const cell = "\v"

// formatted is what [format.Source] makes of a file that has a mark before each declaration. To parse and print
// a file once more costs as much as all passes together, and for most of the text there is nothing to find out:
// a line is a statement or the header of a block, with the spaces that it is to have, because go/printer has
// made it or because we have. A declaration of such lines is only indented and aligned, by a [layouter]. The
// others are left to format.Source.
func formatted(src []byte) ([]byte, error) {
	head, rest, _ := strings.Cut(string(src), declMark+"\n")
	start, err := format.Source([]byte(head))
	if err != nil {
		return nil, err
	}
	l := &layouter{out: append(make([]byte, 0, len(src)*5/4), start...)}
	for decl := range strings.SplitSeq(rest, "\n"+declMark+"\n") {
		l.out = append(l.out, '\n')
		before := len(l.out)
		if l.decl(strings.TrimSpace(decl)) {
			continue
		}
		const clause = "package p\n\n"
		text, err := format.Source([]byte(clause + strings.ReplaceAll(decl, cell, " ")))
		if err != nil {
			return nil, err
		}
		l.out = append(l.out[:before], text[len(clause):]...)
	}
	return l.out, nil
}
