package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tidwall/redcon"
)

var small = limits{bulk: 100, args: 10, query: 300}

// frames gives the commands of p, which comes in pieces of up to n bytes, and the error that ends them.
func frames(t testing.TB, p []byte, n int, lim *limits) (all []string, err error) {
	var in input
	defer in.drop()
	for {
		cmd, err := in.next(lim)
		if err != nil {
			return all, err
		}
		if len(cmd) > 0 {
			args, err := split(cmd, nil)
			if err != nil {
				return all, err
			}
			all = append(all, fmt.Sprintf("%q", args))
			continue
		}
		if len(p) == 0 {
			return all, nil
		}
		in.room()
		n := copy(in.buf[in.last:], p[:min(n, len(p))])
		in.last += n
		p = p[n:]
		if most := 4 * (bufferSize + lim.query + inlineLine); len(in.buf) > most {
			t.Fatalf("a buffer of %d bytes", len(in.buf))
		}
	}
}

func TestFrames(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{"PING\r\n", `["PING"]`, ""},
		{"PING", "", ""},
		{"\r\n", "[]", ""},
		{"set a 'b c'\n", `["set" "a" "b c"]`, ""},
		{"set a 'b\r\n", "", "unbalanced quotes in request"},
		{"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n", `["PING"] ["GET" ""]`, ""},
		{"*0\r\n*-1\r\nPING\r\n", `[] [] ["PING"]`, ""},
		{"*1\r\n$4\r\nPI", "", ""},
		{"*11\r\n", "", "invalid multibulk length"},
		{"*x\r\n", "", "invalid multibulk length"},
		{"*1\n", "", "invalid multibulk length"},
		{"*99999999999999999999\r\n", "", "invalid multibulk length"},
		{"*" + strings.Repeat("1", 40), "", "too big mbulk count string"},
		{"*1\r\nGET\r\n", "", "expected '$', got 'G'"},
		{"*1\r\n$-2\r\n", "", "invalid bulk length"}, // redcon alone would panic
		{"*1\r\n$101\r\n", "", "invalid bulk length"},
		{"*1\r\n$3\r\nabcd\r\n", "", "invalid bulk length"},
		{"*4\r\n" + strings.Repeat("$100\r\n"+strings.Repeat("x", 100)+"\r\n", 4), "", "command too long"},
		{"$3 foo\r\n", "", "expected '*', got '$'"},
		{strings.Repeat("x", inlineLine), "", "too big inline request"},
	} {
		for _, n := range []int{1, 2, 7, 1 << 20} {
			all, err := frames(t, []byte(c.in), n, &small)
			wrong := ""
			if err != nil {
				wrong = strings.TrimPrefix(err.Error(), "ERR Protocol error: ")
			}
			if got := strings.Join(all, " "); got != c.want || wrong != c.err {
				t.Errorf("%.40q in pieces of %d: got %s %q, want %s %q", c.in, n, got, wrong, c.want, c.err)
			}
		}
	}
}

// FuzzFrames checks that it makes no difference in which pieces bytes come, and that what is well formed is what redcon
// makes of it.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n"), 3)
	f.Add([]byte("*1\r\n$-2\r\n*0\r\n"), 1)
	f.Add([]byte("set a \"b\\n\"\n*3\r\n$3\r\n"), 2)
	f.Fuzz(func(t *testing.T, p []byte, n int) {
		n = max(1, n&0xff)
		checkFrames(t, p, n)
	})
}

func checkFrames(t testing.TB, p []byte, n int) {
	whole, err1 := frames(t, p, max(1, len(p)), &small)
	pieces, err2 := frames(t, p, n, &small)
	if fmt.Sprint(whole, err1) != fmt.Sprint(pieces, err2) {
		t.Fatalf("%q:\nas a whole %s %v\nin pieces  %s %v", p, whole, err1, pieces, err2)
	}
	if err1 != nil || !bytes.HasPrefix(p, []byte("*")) {
		return
	}
	ok, args, kind, _, err := redcon.ReadNextCommand(p, nil)
	if ok && err == nil && kind == redcon.Redis && fmt.Sprintf("%q", args) != whole[0] {
		t.Fatalf("%q: redcon has %q, we %s", p, args, whole[0])
	}
}

// TestFramesAtRandom is the fuzz test for a while: commands with bytes changed.
func TestFramesAtRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*seed, 2))
	t.Logf("-seed %d", *seed)
	for range 3000 {
		checkFrames(t, garbled(rnd), 1+rnd.IntN(20))
	}
}

// garbled is some commands with some bytes changed.
func garbled(rnd *rand.Rand) []byte {
	var p []byte
	for range 1 + rnd.IntN(3) {
		var args []string
		for range 1 + rnd.IntN(4) {
			args = append(args, []string{"SET", "", "a", "\r\n", "*1\r\n", strings.Repeat("x", rnd.IntN(90))}[rnd.IntN(6)])
		}
		p = append(p, wire(args...)...)
	}
	for range rnd.IntN(4) {
		i := rnd.IntN(len(p))
		switch rnd.IntN(3) {
		case 0:
			p[i] = "\r\n*$-019 \"'x\x00"[rnd.IntN(13)]
		case 1:
			p = append(p[:i], p[i+1:]...)
		default:
			p = append(p[:i:i], append([]byte{"0123456789-\r\n$*"[rnd.IntN(15)]}, p[i:]...)...)
		}
		if len(p) == 0 {
			return []byte("\n")
		}
	}
	return p
}
