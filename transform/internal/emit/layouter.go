package emit

import (
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"
)

// A layouter indents and aligns declarations of which each line is one of these:
//
//	// comment
//	func f() {                  type T struct {
//	if x {                      for …, switch …, select …, defer func() {
//	} else {                    }, }()
//	case a, b:                  label:
//	x, y = f(a), b              all brackets are closed, and nothing has to follow
//	if x { return y }           which becomes three lines
//	func f() int<cell>{ return 1 }
//	var f = T{a, b, `          and what follows, up to `}
//
// It gives up at any other. That it knows a line means that go/format, too, would only indent and align it.
type layouter struct {
	out     []byte
	depth   int      // how many brackets are open
	list    int      // the depth in the outermost var (…) or literal of ours that is open, or 0
	blank   bool     // a blank line comes next
	label   bool     // the last line of code was a label
	notes   []string // comments on lines of their own, which stand as far to the right as the next line
	section []string // neighbours that have cells, and that wait for more
	at      int      // how far to the right they stand
	quoted  bool     // a string of several lines is open
}

// decl appends a declaration. It returns false if it gives up.
func (l *layouter) decl(text string) bool {
	*l = layouter{out: l.out, notes: l.notes[:0], section: l.section[:0]}
	for line := range strings.SplitSeq(text, "\n") {
		if !l.line(line) {
			return false
		}
	}
	l.flush()
	return l.depth == 0 && len(l.notes) == 0
}

func (l *layouter) line(raw string) bool {
	s := strings.TrimLeft(raw, "\t")
	if l.quoted || l.depth == 0 && strings.HasPrefix(raw, "var ") && strings.HasSuffix(raw, ": `") {
		return l.quote(raw)
	}
	if s == "" {
		l.blank = true
		return len(l.notes) == 0
	}
	if strings.HasPrefix(s, "//") {
		l.notes = append(l.notes, raw)
		return l.depth == 0 || raw != s || prose(s)
	}
	c, ok := scan(s)
	if !ok {
		return false
	}
	if len(c.structs) > 0 {
		if s, ok = spaced(s, c.structs); !ok {
			return false
		}
		c, _ = scan(s)
	}
	head, block, ok := strings.Cut(c.code, cell+"{ ")
	switch {
	case strings.HasPrefix(s, "if ") && strings.HasSuffix(s, " }"): // if x { return y }
		i := strings.LastIndex(s, " { ")
		return l.line(s[:i+2]) && l.line(s[i+3:len(s)-2]) && l.line("}")
	case ok && len(head)+1+len(block)-len(" }") > maxOneLine:
		return l.line(head+" {") && l.line(strings.TrimSuffix(block, " }")) && l.line("}")
	}
	return l.code(c)
}

// quote appends a line with a string of several lines, as it is.
func (l *layouter) quote(raw string) bool {
	if !l.quoted {
		l.flush()
	}
	l.quoted = !strings.HasSuffix(raw, "`}")
	l.print(0, raw)
	return len(l.notes) == 0
}

// maxOneLine is how long a function is at most that go/printer leaves on one line.
const maxOneLine = 100

// code appends a line of code, after the comments before it.
func (l *layouter) code(c shape) bool {
	code, indent := c.code, l.depth
	switch {
	case code[0] == '}' && c.min == -1 && l.closes(code), code == ")" && l.depth == l.list && l.list > 0:
		indent--
	case c.min < 0 || c.net > 0 && !l.opens(code):
		return false
	case c.net > 0:
	case l.list > 0:
		if !strings.HasSuffix(code, ",") && !strings.Contains(code, cell) {
			return false
		}
	case strings.HasSuffix(code, ":"):
		if !strings.HasPrefix(code, "case ") && !isLabel(code) {
			return false
		}
		indent--
	case !complete(code):
		return false
	}
	if len(l.notes) > 0 && indent < l.depth {
		return false // go/printer knows how far to the right a comment stands that is the last of its block
	}
	l.depth += c.net
	if l.depth < l.list {
		l.list = 0
	}
	apart := l.label && (l.blank || len(l.notes) > 0)
	l.label = isLabel(code) && code != "default:"
	if !l.add(code, c.comment, indent, c.net == 0 && indent == l.depth) {
		return false
	}
	if apart { // with its label it has several lines, so nothing is aligned with it
		l.flush()
	}
	return true
}

// opens reports whether we know what a line begins that opens a bracket.
func (l *layouter) opens(code string) bool {
	block := strings.HasSuffix(code, " {")
	switch {
	case code == "var (":
		l.list = l.depth + 1
	case l.list > 0:
		return strings.HasPrefix(code, "States: []")
	case l.depth > 0:
		return code == "{" || block && hasPrefix(code, "if ", "for ", "switch ", "select {", "func() {", "defer func() {") &&
			!hasPrefix(code, "if (", "switch (") && !strings.HasSuffix(code, " struct {") && !strings.HasSuffix(code, " interface {")
	case strings.ContainsAny(code, "~|") || strings.Contains(code, "interface{ "):
		return false
	case strings.HasPrefix(code, "func "):
		return block
	case strings.HasPrefix(code, "type "):
		return strings.HasSuffix(code, " struct {")
	case strings.HasPrefix(code, "var ") && strings.HasSuffix(code, ".Func{"):
		l.list = l.depth + 1
	default:
		return false
	}
	return true
}

// closes reports whether we know what a line is that begins with a brace and opens no more than that.
func (l *layouter) closes(code string) bool {
	switch code {
	case "}", "}()", "} else {":
		return true
	case "},":
		return l.list > 0
	}
	return strings.HasPrefix(code, "} else if ") && strings.HasSuffix(code, " {") && !strings.HasPrefix(code, "} else if (")
}

// isLabel reports whether code is label: or default:.
func isLabel(code string) bool {
	name, ok := strings.CutSuffix(code, ":")
	for i := range len(name) {
		if !isIdent(name[i]) {
			return false
		}
	}
	return ok
}

// complete reports whether a statement can end with code: not so where a comment ends the line after a keyword.
func complete(code string) bool {
	last := code[len(code)-1]
	word := code
	for i := len(code) - 1; i >= 0 && isIdent(code[i]); i-- {
		word = code[i:]
	}
	switch tok := token.Lookup(word); tok {
	case token.BREAK, token.CONTINUE, token.FALLTHROUGH, token.RETURN:
	default:
		if tok.IsKeyword() {
			return false
		}
	}
	return (isIdent(last) || strings.IndexByte(")]}\"'`", last) >= 0 || strings.HasSuffix(code, "++") || strings.HasSuffix(code, "--")) &&
		!strings.HasPrefix(code, "case ")
}

func hasPrefix(s string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// add appends a line. Where it has cells it waits for its neighbours, if there can be any: a block of several
// lines is none.
func (l *layouter) add(code, comment string, indent int, neighbour bool) bool {
	if !neighbour && comment != "" && len(l.section) > 0 {
		return false
	}
	cells := comment != "" || strings.Contains(code, cell)
	if !neighbour || !cells || l.blank || len(l.notes) > 0 {
		l.flush()
	}
	if l.blank {
		l.out = append(l.out, '\n')
		l.blank = false
	}
	for _, note := range l.notes {
		l.print(indent, strings.TrimLeft(note, "\t"))
	}
	l.notes = l.notes[:0]
	switch {
	case comment != "" && neighbour:
		l.section, l.at = append(l.section, code+cell+comment), indent
	case comment != "":
		l.print(indent, code+" "+comment)
	case cells:
		l.section, l.at = append(l.section, code), indent
	default:
		l.print(indent, code)
	}
	return true
}

func (l *layouter) print(indent int, text string) {
	for range indent {
		l.out = append(l.out, '\t')
	}
	l.out = append(append(l.out, text...), '\n')
}

// flush aligns the lines that have waited: a cell is as wide as the widest one in the lines above and below
// that have it, too.
func (l *layouter) flush() {
	switch len(l.section) {
	case 0:
		return
	case 1:
		l.print(l.at, strings.ReplaceAll(l.section[0], cell, " "))
	default:
		var rows [][]string
		for _, s := range l.section {
			rows = append(rows, strings.Split(s, cell))
		}
		for first := range rows {
			for col := range len(rows[first]) - 1 {
				if first > 0 && len(rows[first-1]) > col+1 {
					continue // it is in a column that begins above
				}
				align(rows[first:], col, 1)
			}
		}
		for _, row := range rows {
			l.print(l.at, strings.Join(row, ""))
		}
	}
	l.section = l.section[:0]
}

// align makes the cells of a column equally wide, with a gap after the longest, down to the first row that has
// none.
func align(rows [][]string, col, gap int) {
	width := 0
	n := slices.IndexFunc(rows, func(row []string) bool { return len(row) <= col+1 })
	if n < 0 {
		n = len(rows)
	}
	for _, row := range rows[:n] {
		width = max(width, utf8.RuneCountInString(row[col])+gap)
	}
	for _, row := range rows[:n] {
		row[col] += strings.Repeat(" ", width-utf8.RuneCountInString(row[col]))
	}
}
