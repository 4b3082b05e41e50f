package main

import (
	"flag"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
)

var benchRequests = flag.Int("bench.n", 200, "how many requests of each kind redis-benchmark sends in TestRedisBenchmark")

// tool runs a tool of Redis against a server. Without it the test is skipped.
func tool(t *testing.T, addr, input, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s here", name)
	}
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-h", "127.0.0.1", "-p", port}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// TestRedisCli has redis-cli talk to us, in both protocols.
func TestRedisCli(t *testing.T) {
	s := serve(t, newServer())
	const input = "SET greeting \"hello world\"\nGET greeting\nRPUSH list a b c\nLRANGE list 0 -1\nHSET h f 1\nHGETALL h\n" +
		"ZADD z 1.5 m\nZSCORE z m\nGET list\nMULTI\nINCR n\nEXEC\nGET nothing\nDEL n list\n"
	const want2 = "OK\n\"hello world\"\n(integer) 3\n1) \"a\"\n2) \"b\"\n3) \"c\"\n(integer) 1\n1) \"f\"\n2) \"1\"\n" +
		"(integer) 1\n\"1.5\"\n(error) " + wrongType + "\nOK\nQUEUED\n1) (integer) 1\n(nil)\n(integer) 2\n"
	if got := blankless(tool(t, s.addr, input, "redis-cli", "--no-raw")); got != want2 {
		t.Errorf("got\n%s\nwant\n%s", got, want2)
	}
	want3 := strings.NewReplacer("1) \"f\"\n2) \"1\"", "1# \"f\" => \"1\"", "\"1.5\"", "(double) 1.5").Replace(want2)
	s.dial(t).do("FLUSHALL")
	if got := blankless(tool(t, s.addr, input, "redis-cli", "--no-raw", "-3")); got != want3 {
		t.Errorf("got\n%s\nwant\n%s", got, want3)
	}
	for i := range 100 {
		s.dial(t).do("SET", fmt.Sprint("k", i), "v")
	}
	if got := strings.Fields(tool(t, s.addr, "", "redis-cli", "--scan", "--pattern", "k*")); len(got) < 100 {
		t.Errorf("a scan gives %d keys", len(got))
	}
	if got := tool(t, s.addr, string(wire("SET", "a", "1"))+string(wire("INCR", "a")), "redis-cli", "--pipe"); !strings.Contains(got, "errors: 0, replies: 2") {
		t.Error(got)
	}
	if got := tool(t, s.addr, "", "redis-cli", "info", "keyspace"); !strings.Contains(got, "db0:keys=") {
		t.Error(got)
	}
}

// blankless is text without empty lines.
func blankless(s string) string { return strings.ReplaceAll(s, "\n\n", "\n") }

// TestRedisBenchmark has redis-benchmark run all that it has, with and without pipelining.
func TestRedisBenchmark(t *testing.T) {
	s := serve(t, newServer())
	for _, pipeline := range []string{"1", "16"} {
		out := tool(t, s.addr, "", "redis-benchmark", "-q", "-c", "20", "-P", pipeline, "-n", fmt.Sprint(*benchRequests))
		if n := strings.Count(out, "requests per second"); n < 15 || strings.Contains(strings.ToLower(out), "error") {
			t.Errorf("%d results:\n%s", n, out)
		}
	}
	s.until(t, func() bool { return len(s.clients) == 0 })
}
