package emit

import "strings"

// A shape is what a [layouter] sees of a line.
type shape struct {
	code, comment string
	net           int   // how many more brackets are open behind it
	min           int   // the least that this is on the way
	structs       []int // the braces of struct types, where go/types has printed them
}

// scan finds the shape of a line. It returns false where go/printer might change more than the spaces in front.
func scan(s string) (c shape, ok bool) {
	c.code = s
	literal := false // a function of one line
	for i := 0; i < len(s); i++ {
		switch b := s[i]; b {
		case '"', '\'', '`':
			if i = quoted(s, i); i < 0 {
				return c, false
			}
		case ' ', ',':
			if i+1 < len(s) && (s[i+1] == ' ') != (b == ',') {
				return c, false // two lines of the source have become one: f(a,)
			}
		case '(', '[':
			c.net++
		case '{':
			c.net++
			closed := i+1 < len(s) && (s[i+1] == '}' || s[i+1] == ' ')
			switch before := s[:i]; {
			case endsIn(before, "interface") && !closed:
				return c, false
			case endsIn(before, "struct") && !closed:
				c.structs = append(c.structs, i)
			case strings.HasSuffix(before, " ") && closed:
				literal = true
			}
		case ')', ']', '}':
			c.net--
			c.min = min(c.min, c.net)
		case '\t':
			if !strings.HasPrefix(s[i:], "\t//") {
				return c, false // go/printer's, for what it aligns
			}
		case '/':
			switch {
			case strings.HasPrefix(s[i:], "/*"):
				return c, false
			case strings.HasPrefix(s[i:], "//"):
				c.code, c.comment = strings.TrimRight(s[:i], " \t"), strings.TrimRight(s[i:], " \t\r")
				i = len(s)
			}
		default:
			if isIdent(b) {
				start := i
				for i+1 < len(s) && isIdent(s[i+1]) {
					i++
				}
				if !canonical(s[start : i+1]) {
					return c, false
				}
			}
		}
	}
	return c, !literal || len(c.code) <= maxOneLine || strings.HasPrefix(s, "if ")
}

// endsIn reports whether the last word of s is a keyword.
func endsIn(s, keyword string) bool {
	before, ok := strings.CutSuffix(s, keyword)
	return ok && (before == "" || !isIdent(before[len(before)-1]))
}

// quoted is the end of the string or rune that begins at i, or -1 if it does not end on the line.
func quoted(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i
		case s[i] == '\\' && quote != '`':
			i++
		}
	}
	return -1
}

// canonical reports whether a word is not a number that go/format writes otherwise: 0X1F, 1E6, 010i.
func canonical(word string) bool {
	if word[0] < '0' || '9' < word[0] {
		return true
	}
	return !strings.ContainsAny(word, "XBOP") && (!strings.Contains(word, "E") || strings.HasPrefix(word, "0x")) &&
		!(len(word) > 2 && word[0] == '0' && word[len(word)-1] == 'i')
}

// spaced is a line with its struct types as go/printer writes them, if those have one field and are short, so
// that they stay on the line:
//
//	struct{X int}   =>   struct{ X int }
func spaced(s string, braces []int) (string, bool) {
	const maxSize = 30 // go/printer's
	for n := len(braces) - 1; n >= 0; n-- {
		open := braces[n]
		field, rest, _ := strings.Cut(s[open+1:], "}")
		name, typ, named := strings.Cut(field, " ")
		if !named {
			name, typ = "", field
		}
		if strings.ContainsAny(field, "{;,(\"`") || min(len(name), 1)+len(typ) > maxSize {
			return s, false
		}
		s = s[:open] + "{ " + field + " }" + rest
	}
	return s, true
}

// prose reports whether a comment at the left margin is what go/format makes of it, which takes it for the doc
// comment of what comes next.
func prose(comment string) bool {
	text, ok := strings.CutPrefix(comment, "// ")
	return ok && text != "" && ('a' <= text[0]|0x20 && text[0]|0x20 <= 'z' || text[0] >= 0x80) && !strings.HasSuffix(text, " ") &&
		!strings.Contains(text, "``") && !strings.Contains(text, "''")
}
