package main

import (
	"bytes"
	"fmt"

	"github.com/tidwall/redcon"
)

// limits are how much of a command we take.
type limits struct {
	bulk  int // bytes of one argument
	args  int // arguments
	query int // bytes of a command in all
}

// The longest lines: one with a number, and a command that is a line.
const (
	numberLine = 32
	inlineLine = 64 << 10
)

// protocolError is what is wrong with the bytes of a client. It ends the connection.
type protocolError string

// Error implements error.
func (e protocolError) Error() string { return "ERR Protocol error: " + string(e) }

// framer finds the end of the command at the start of a buffer, which grows from call to call. It goes on where it
// has stopped, so that a command that comes in many pieces is looked at once. What it lets through is whole, within
// the limits and has no negative length; [redcon.ReadNextCommand], which begins at the start each time and takes
// every length as it is, then takes it apart.
type framer struct {
	at     int // so much was looked at
	left   int // arguments that are to come; with begun false there is no number yet
	begun  bool
	sum    int // bytes of all arguments so far
	needed int // so many bytes the buffer has to have before it is worth a look
}

// scan looks for the end of the command at the start of p, and gives its length; 0 if p does not have all of it.
func (f *framer) scan(p []byte, lim *limits) (int, error) {
	if len(p) < f.needed || len(p) == 0 {
		return 0, nil
	}
	if p[0] != '*' {
		return f.inline(p)
	}
	if !f.begun {
		n, ok, err := f.number(p, "multibulk length", "mbulk count string")
		if !ok {
			return 0, err
		}
		if n > lim.args {
			return 0, protocolError("invalid multibulk length")
		}
		f.begun, f.left = true, max(n, 0)
	}
	for f.left > 0 {
		if f.at == len(p) {
			return 0, nil
		}
		if p[f.at] != '$' {
			return 0, protocolError(fmt.Sprintf("expected '$', got '%c'", p[f.at]))
		}
		at := f.at
		n, ok, err := f.number(p, "bulk length", "bulk count string")
		if !ok {
			return 0, err
		}
		if n < 0 || n > lim.bulk {
			return 0, protocolError("invalid bulk length")
		}
		if f.sum+n > lim.query {
			return 0, protocolError("command too long")
		}
		if f.needed = f.at + n + 2; len(p) < f.needed {
			f.at = at // the line is short enough to be read again
			return 0, nil
		}
		f.at = f.needed
		f.sum += n
		f.left--
	}
	n := f.at
	*f = framer{}
	return n, nil
}

// inline looks for the end of a command that is a line of words.
func (f *framer) inline(p []byte) (int, error) {
	i := bytes.IndexByte(p[f.at:], '\n')
	switch {
	case i >= 0 && f.at+i < inlineLine:
		n := f.at + i + 1
		*f = framer{}
		return n, nil
	case i >= 0 || len(p) >= inlineLine:
		return 0, protocolError("too big inline request")
	}
	f.at = len(p)
	return 0, nil
}

// number takes a line that is a letter and a number. ok says that it was there.
func (f *framer) number(p []byte, what, long string) (n int, ok bool, err error) {
	line := p[f.at:min(len(p), f.at+numberLine)]
	i := bytes.IndexByte(line, '\n')
	if i < 0 {
		if len(line) == numberLine {
			err = protocolError("too big " + long)
		}
		return 0, false, err
	}
	if i < 2 || line[i-1] != '\r' {
		return 0, false, protocolError("invalid " + what)
	}
	v, ok := parseInt(line[1 : i-1])
	if !ok || v > 1<<40 || v < -1<<40 {
		return 0, false, protocolError("invalid " + what)
	}
	f.at += i + 1
	return int(v), true, nil
}

// split takes a whole command apart. The arguments are parts of p, and their slice is args where that is long enough.
func split(p []byte, args [][]byte) ([][]byte, error) {
	if n := bytes.IndexByte(p, '\n'); p[0] == '*' && n == len(p)-1 {
		return args[:0], nil // no arguments; redcon takes no negative number of them
	}
	if p[0] == '$' {
		return nil, protocolError("expected '*', got '$'") // to redcon it is another protocol
	}
	ok, args, _, _, err := redcon.ReadNextCommand(p, args)
	if err != nil {
		return nil, fmt.Errorf("ERR %w", err)
	}
	if !ok {
		return nil, protocolError("invalid multibulk length")
	}
	return args, nil
}
