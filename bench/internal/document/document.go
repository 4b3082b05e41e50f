// Package document puts what a command has measured into a document.
package document

import (
	"fmt"
	"os"
	"strings"
)

// A Place is what stands between two comments of a Markdown file:
//
//	<!-- table -->
//
//	text
//
//	<!-- end of the table -->
type Place struct {
	file, begin, end string
}

// Find finds the place of that name in a file. It is an error if it is not there, so a command asks before it
// measures. No file is standard output.
func Find(file, name string) (Place, error) {
	p := Place{file, "<!-- " + name + " -->\n", "<!-- end of the " + name + " -->\n"}
	if file == "" {
		return p, nil
	}
	_, _, err := p.around()
	return p, err
}

// around is the text before and behind what stands in the place.
func (p Place) around() (before, after string, err error) {
	text, err := os.ReadFile(p.file)
	if err != nil {
		return "", "", err
	}
	before, rest, ok := strings.Cut(string(text), p.begin)
	_, after, found := strings.Cut(rest, p.end)
	if !ok || !found {
		return "", "", fmt.Errorf("%s has no lines %q and %q", p.file, strings.TrimSpace(p.begin), strings.TrimSpace(p.end))
	}
	return before, after, nil
}

// Put replaces what stands in the place.
func (p Place) Put(text string) error {
	if p.file == "" {
		_, err := fmt.Print(text)
		return err
	}
	before, after, err := p.around()
	if err != nil {
		return err
	}
	return os.WriteFile(p.file, []byte(before+p.begin+"\n"+text+"\n"+p.end+after), 0o666)
}
