package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var diffCommands = flag.Int("diff.n", 6000, "how many random commands TestSameAsRedis sends")

// redisServer runs the real server until the end of the test, and gives its address. Without one the test is skipped,
// and so it is where that is not the version that we follow: others have other texts of errors.
func redisServer(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server here")
	}
	if out, err := exec.Command(path, "--version").Output(); err != nil || !strings.Contains(string(out), " v=7.0.") {
		t.Skipf("this is another version: %s %v", out, err)
	}
	port := freePort(t)
	cmd := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir(), "--daemonize", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr := net.JoinHostPort("127.0.0.1", port)
	eventually(t, func() bool {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return addr
}

// TestSameAsRedis sends the same random commands to us and to Redis, in both protocols, and compares the answers; at
// the end all of the data.
func TestSameAsRedis(t *testing.T) {
	theirs := redisServer(t)
	ours := serve(t, newServer()).addr
	t.Logf("-seed %d", *seed)
	rnd := &chooser{rand.New(rand.NewPCG(*seed, 1))}
	for _, proto := range []string{"2", "3"} {
		d := &differ{t: t, ours: dial(t, ours), theirs: dial(t, theirs)}
		d.ours.do("HELLO", proto)
		d.theirs.do("HELLO", proto)
		const batch = 100
		for range *diffCommands / 2 / batch {
			var all [][]string
			var sent []byte
			for range batch {
				args := rnd.command()
				all = append(all, args)
				sent = append(sent, wire(args...)...)
			}
			go d.ours.Write(sent)
			go d.theirs.Write(sent)
			for i, args := range all {
				if !d.compare(args) {
					for _, args := range all[:i] {
						t.Logf("before %q", args)
					}
					t.FailNow()
				}
			}
		}
		d.compareData()
		d.ours.Close()
		d.theirs.Close()
	}
}

// differ compares answers.
type differ struct {
	t            *testing.T
	ours, theirs *peer
	queue        []string // names of the commands between MULTI and EXEC
}

// both reads an answer of each.
func (d *differ) both(args []string) (x, y any) {
	d.t.Helper()
	x, err := read(d.ours.r)
	if err != nil {
		d.t.Fatalf("%q: %v", args, err)
	}
	if y, err = read(d.theirs.r); err != nil {
		d.t.Fatalf("%q: redis: %v", args, err)
	}
	return x, y
}

// compare compares the answers to one command.
func (d *differ) compare(args []string) bool {
	d.t.Helper()
	x, y := d.both(args)
	names := []string{args[0]}
	ours, theirs := []any{x}, []any{y}
	switch all, ok := y.([]any); {
	case y == status("QUEUED"):
		d.queue = append(d.queue, args[0])
	case strings.EqualFold(args[0], "EXEC") && ok:
		ours, _ = x.([]any)
		names, theirs, d.queue = d.queue, all, nil
	case strings.EqualFold(args[0], "EXEC") || strings.EqualFold(args[0], "DISCARD"):
		d.queue = nil
	}
	equal := len(ours) == len(theirs)
	for i := 0; equal && i < len(ours); i++ {
		equal = same(plain(names[i], ours[i]), plain(names[i], theirs[i]), aboutTime(names[i]))
	}
	if !equal {
		d.t.Errorf("%q:\n ours   %s\n theirs %s", args, text(x), text(y))
	}
	return equal
}

// aboutTime says whether the answers to a command may differ by a little.
func aboutTime(name string) bool {
	name = strings.ToUpper(name)
	return strings.HasSuffix(name, "TTL") || strings.HasSuffix(name, "EXPIRETIME")
}

// plain makes an order where there is none.
func plain(name string, v any) any {
	switch all := v.(type) {
	case entries:
		return entries(sorted(all, 2))
	case members:
		return members(sorted(all, 1))
	case []any:
		switch strings.ToUpper(name) {
		case "KEYS", "SMEMBERS", "HKEYS", "HVALS", "SINTER", "SUNION", "SDIFF":
			return sorted(all, 1)
		case "HGETALL":
			return sorted(all, 2)
		}
	}
	return v
}

// same compares two answers. Numbers that are spelled in different ways are the same, and so are times that are near.
func same(x, y any, near bool) bool {
	f, ok1 := number(x)
	g, ok2 := number(y)
	if ok1 && ok2 {
		return f == g || near && math.Abs(f-g) <= 10_000
	}
	a, ok1 := parts(x)
	b, ok2 := parts(y)
	if !ok1 || !ok2 {
		return text(x) == text(y)
	}
	return fmt.Sprintf("%T", x) == fmt.Sprintf("%T", y) && slices.EqualFunc(a, b, func(x, y any) bool { return same(x, y, near) })
}

func parts(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case entries:
		return v, true
	case members:
		return v, true
	case message:
		return v, true
	}
	return nil, false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil && f == f
	}
	return 0, false
}

// compareData compares all keys and their values.
func (d *differ) compareData() {
	d.t.Helper()
	both := func(args ...string) any {
		d.t.Helper()
		d.ours.send(args...)
		d.theirs.send(args...)
		x, y := d.both(args)
		if x, y := plain(args[0], x), plain(args[0], y); !same(x, y, aboutTime(args[0])) {
			d.t.Errorf("at the end %q:\n ours   %s\n theirs %s", args, text(x), text(y))
		}
		return y
	}
	both("DISCARD")
	keys := both("KEYS", "*").([]any)
	if len(keys) == 0 {
		d.t.Error("no data is left to be compared")
	}
	for _, key := range keys {
		key := key.(string)
		both("PTTL", key)
		switch kind := both("TYPE", key).(status); kind {
		case "string":
			both("GET", key)
		case "list":
			both("LRANGE", key, "0", "-1")
		case "hash":
			both("HGETALL", key)
		case "set":
			both("SMEMBERS", key)
		case "zset":
			both("ZRANGE", key, "0", "-1", "WITHSCORES")
		default:
			d.t.Errorf("%s is a %s", key, kind)
		}
	}
}

// chooser makes random commands.
type chooser struct{ *rand.Rand }

func pick[T any](r *chooser, of ...T) T { return of[r.IntN(len(of))] }

func (r *chooser) key() string {
	return pick(r, "str", "num", "list", "hash", "set", "zset", "any") + fmt.Sprint(r.IntN(3))
}

// keyOf is mostly a key for a type.
func (r *chooser) keyOf(kind string) string {
	if r.IntN(12) == 0 {
		return r.key()
	}
	return kind + fmt.Sprint(r.IntN(3))
}

func (r *chooser) value() string {
	return pick(r, "", "a", "b", "c", "xyz", "hello world", "\x00\r\n\xff", fmt.Sprint(r.IntN(20)), r.int(), r.float())
}

func (r *chooser) name() string { return pick(r, "a", "b", "c", "d", "e", "f", "g", "10", "2") }

func (r *chooser) int() string {
	return pick(r, "0", "1", "-1", "2", "3", "5", "-3", "100", fmt.Sprint(r.IntN(10)-5), fmt.Sprint(r.IntN(10)-5),
		"9223372036854775807", "-9223372036854775808", "01", "x", "", " 1", "1.5")
}

// small is an integer that is mostly fine.
func (r *chooser) small() string {
	if r.IntN(25) == 0 {
		return r.int()
	}
	return fmt.Sprint(r.IntN(12) - 5)
}

func (r *chooser) float() string {
	return pick(r, "0", "1", "-1", "0.1", "0.2", "2.5", "1e3", "-0.75", "3", "3", "inf", "-inf", "nan", "x", "12345.678")
}

func (r *chooser) score() string {
	if r.IntN(25) == 0 {
		return r.float()
	}
	return pick(r, "0", "1", "2", "3", "-1", "0.5", "1e2", "2", "2")
}

// seconds is a time that does not end during the test, or that has ended.
func (r *chooser) seconds() string { return pick(r, "1000", "2000", "5000", "1000", "-1", "0", "x") }

// many is a few of what f gives.
func (r *chooser) many(f func() string) (all []string) {
	for range 1 + r.IntN(4) {
		all = append(all, f())
	}
	return all
}

// some is each of the words with a chance.
func (r *chooser) some(words ...string) (all []string) {
	for _, w := range words {
		if r.IntN(4) == 0 {
			all = append(all, strings.Fields(w)...)
		}
	}
	return all
}

// command makes a command, and spells its name in any case.
func (r *chooser) command() []string {
	args := pick(r, r.strings, r.strings, r.keys, r.lists, r.lists, r.hashes, r.sets, r.zsets, r.zsets, r.zranges, r.others)()
	switch r.IntN(60) {
	case 0:
		args = args[:1+r.IntN(len(args))]
	case 1:
		if !strings.HasPrefix(args[0], "B") { // the last argument of those is how long they wait
			args = append(args, r.value())
		}
	case 2:
		args[0] = strings.ToLower(args[0])
	}
	return args
}
