package difftest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Report says for each function how many runs have been compared, or how its forms differ.
type Report map[string]Outcome

// An Outcome is that of one function.
type Outcome struct {
	Pairs int
	Err   error
}

// ErrEnded is in the error of a function that has no result, because the program has crashed or was
// stopped.
var ErrEnded = errors.New("the program ended before it was through")

// parseReport reads what forms.Main prints. A function that is not mentioned has brought the program
// down: the output says how.
func parseReport(out string, names []string) (Report, error) {
	r := Report{}
	var rest []string // what belongs to no function
	failing := ""
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		switch {
		case len(words) == 3 && words[0] == "ok":
			n, err := strconv.Atoi(words[2])
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			r[words[1]], failing = Outcome{Pairs: n}, ""
		case len(words) == 2 && words[0] == "FAIL":
			failing = words[1]
			r[failing] = Outcome{Err: errors.New("the forms differ")}
		case failing != "" && strings.HasPrefix(line, "\t"):
			r[failing] = Outcome{Err: fmt.Errorf("%w\n%s", r[failing].Err, strings.TrimSuffix(line, "\n"))}
		default:
			failing = ""
			rest = append(rest, line)
		}
	}
	for _, name := range names {
		if _, ok := r[name]; !ok {
			r[name] = Outcome{Err: fmt.Errorf("%w:\n%s", ErrEnded, strings.Join(rest, ""))}
		}
	}
	return r, nil
}
