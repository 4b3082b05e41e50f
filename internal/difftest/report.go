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

// ErrEnded is in the error of a function that has no result, because it has brought the program down, or was
// stopped as it got no further.
var ErrEnded = errors.New("the program ended before it was through")

// parseReport reads what forms.Main prints. A function that has begun and is not through has brought the
// program down: the output says how. Those after it are not in the report. Where none has begun, the program
// does not run at all, and all have the error.
func parseReport(out string, names []string) (Report, error) {
	r := Report{}
	var rest []string // what belongs to no function
	failing, begun := "", ""
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "run":
			begun, failing = words[1], ""
		case len(words) == 3 && words[0] == "ok":
			n, err := strconv.Atoi(words[2])
			if err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
			r[words[1]], failing = Outcome{Pairs: n}, ""
		case len(words) == 2 && (words[0] == "FAIL" || words[0] == "HANG"):
			failing = words[1]
			r[failing] = Outcome{Err: errors.New("the forms differ")}
			if words[0] == "HANG" {
				r[failing] = Outcome{Err: fmt.Errorf("it hangs: %w", ErrEnded)}
			}
		case failing != "" && strings.HasPrefix(line, "\t"):
			r[failing] = Outcome{Err: fmt.Errorf("%w\n%s", r[failing].Err, strings.TrimSuffix(line, "\n"))}
		default:
			failing = ""
			rest = append(rest, line)
		}
	}
	ended := Outcome{Err: fmt.Errorf("%w:\n%s", ErrEnded, strings.Join(rest, ""))}
	if _, ok := r[begun]; begun != "" && !ok {
		r[begun] = ended
	}
	if len(r) == 0 {
		for _, name := range names {
			r[name] = ended
		}
	}
	return r, nil
}
