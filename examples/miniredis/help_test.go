package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/redcon"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

var seed = flag.Uint64("seed", 1, "of random tests")

// asServer has the test binary be the program: for tests that kill it.
const asServer = "MINIREDIS_TEST_ARGS"

func TestMain(m *testing.M) {
	if args := os.Getenv(asServer); args != "" {
		os.Args = append([]string{"miniredis"}, strings.Split(args, "\x1f")...)
		flag.CommandLine = flag.NewFlagSet("miniredis", flag.ExitOnError)
		main()
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what has to come.
const patience = 2 * time.Minute

// running is a server within the test.
type running struct {
	*server
	addr string
	task *rt.JoinHandle[rt.Unit]
}

// serve runs a server until the end of the test.
func serve(t testing.TB, s *server) *running {
	t.Helper()
	l, err := rtnet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{s, l.Addr().String(), rt.Spawn(s.runAsync(l))}
	t.Cleanup(func() {
		if err := r.end(t); err != nil {
			t.Errorf("the server has ended with: %v", err)
		}
	})
	return r
}

// end ends the server as SHUTDOWN does, and gives its error.
func (r *running) end(t testing.TB) error {
	t.Helper()
	r.stop.NotifyOne()
	_, err := rt.Timeout(patience, r.task)
	return err
}

// dial connects to the server.
func (r *running) dial(t testing.TB) *peer { return dial(t, r.addr) }

// locked calls f with the lock of the server.
func (r *running) locked(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

// until waits until f is true, which is called with the lock of the server.
func (r *running) until(t testing.TB, f func() bool) {
	t.Helper()
	eventually(t, func() (ok bool) {
		r.locked(func() { ok = f() })
		return ok
	})
}

// eventually waits until f is true.
func eventually(t testing.TB, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what has to come does not come")
		}
	}
}

// peer is a client in a test.
type peer struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &peer{conn, t, bufio.NewReader(conn)}
}

// wire is a command as it is sent.
func wire(args ...string) []byte {
	b := redcon.AppendArray(nil, len(args))
	for _, arg := range args {
		b = redcon.AppendBulkString(b, arg)
	}
	return b
}

// send sends a command, whose words a single argument may have.
func (p *peer) send(args ...string) {
	p.t.Helper()
	if len(args) == 1 {
		args = strings.Fields(args[0])
	}
	if _, err := p.Write(wire(args...)); err != nil {
		p.t.Fatal(err)
	}
}

// do sends a command, and gives the answer as text.
func (p *peer) do(args ...string) string {
	p.t.Helper()
	p.send(args...)
	return p.next()
}

// next gives the next answer as text.
func (p *peer) next() string {
	p.t.Helper()
	v, err := read(p.r)
	if err != nil {
		p.t.Fatal(err)
	}
	return text(v)
}

// want checks the answer to a command.
func (p *peer) want(want string, args ...string) {
	p.t.Helper()
	if got := p.do(args...); got != want {
		p.t.Errorf("%s: got %s, want %s", strings.Join(args, " "), got, want)
	}
}

// ended checks that the server has closed the connection, and gives what came before.
func (p *peer) ended() string {
	p.t.Helper()
	rest, err := io.ReadAll(p.r)
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		p.t.Fatal("the connection is open")
	}
	return string(rest)
}

// What read gives beside string, int64, float64, nil and []any.
type (
	failure string
	status  string
	entries []any // a map, in pairs
	members []any // a set
	message []any // a push
)

// read reads a value of RESP2 or RESP3.
func read(r *bufio.Reader) (any, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	if line == "" {
		return nil, errors.New("an empty line")
	}
	rest := line[1:]
	switch line[0] {
	case '+':
		return status(rest), nil
	case '-':
		return failure(rest), nil
	case '_':
		return nil, nil
	case ',':
		return strconv.ParseFloat(rest, 64)
	case ':':
		return strconv.ParseInt(rest, 10, 64)
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		return nil, err
	}
	switch line[0] {
	case '$':
		p := make([]byte, n+2)
		_, err := io.ReadFull(r, p)
		return string(p[:n]), err
	case '*':
		return readAll(r, n)
	case '%':
		all, err := readAll(r, 2*n)
		return entries(all), err
	case '~':
		all, err := readAll(r, n)
		return members(all), err
	case '>':
		all, err := readAll(r, n)
		return message(all), err
	}
	return nil, fmt.Errorf("no RESP: %q", line)
}

func readAll(r *bufio.Reader, n int) ([]any, error) {
	all := make([]any, n)
	for i := range all {
		var err error
		if all[i], err = read(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// text is a value for people.
func text(v any) string {
	list := func(open string, all []any, end string) string {
		var texts []string
		for _, v := range all {
			texts = append(texts, text(v))
		}
		return open + strings.Join(texts, " ") + end
	}
	switch v := v.(type) {
	case nil:
		return "nil"
	case status:
		return string(v)
	case failure:
		return "(error) " + string(v)
	case string:
		if v == "" || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return strconv.Quote(v)
		}
		return v
	case []any:
		return list("[", v, "]")
	case entries:
		return list("{", v, "}")
	case members:
		return list("(", v, ")")
	case message:
		return list("<", v, ">")
	}
	return fmt.Sprint(v)
}

// sorted is a value whose order says nothing, in order: that of n consecutive ones stays together.
func sorted(all []any, n int) []any {
	out := make([]any, 0, len(all))
	for _, chunk := range slices.SortedFunc(slices.Chunk(all, n), func(a, b []any) int {
		return strings.Compare(text(a), text(b))
	}) {
		out = append(out, chunk...)
	}
	return out
}

// freePort is a port that nobody listens at.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
