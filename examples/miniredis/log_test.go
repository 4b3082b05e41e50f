package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

var kills = flag.Int("kills", 3, "how often TestKill kills the server")

// logged makes a server with a log in a file.
func logged(t testing.TB, path string, p policy) *server {
	t.Helper()
	s := newServer()
	if _, err := s.openLog(path, p); err != nil {
		t.Fatal(err)
	}
	s.log.retry = time.Millisecond
	return s
}

// everything is all data as text.
func everything(t testing.TB, s *server) string {
	t.Helper()
	var b strings.Builder
	c := &client{s: s}
	for _, name := range []string{"str", "list", "hash", "set", "zset", "moved", "num", "f"} {
		for _, args := range [][]string{
			{"GET", name}, {"LRANGE", name, "0", "-1"}, {"HGETALL", name}, {"ZRANGE", name, "0", "-1", "WITHSCORES"},
			{"PEXPIRETIME", name}, {"SINTER", name}, {"SCARD", name},
		} {
			var words [][]byte
			for _, arg := range args {
				words = append(words, []byte(arg))
			}
			c.execute(words)
		}
	}
	b.Write(c.out.buf)
	return b.String()
}

// TestLog writes a log with everything that is not logged as it was sent, and reads it.
func TestLog(t *testing.T) {
	for p := syncAlways; p <= syncNever; p++ {
		path := filepath.Join(t.TempDir(), "aof")
		s := serve(t, logged(t, path, p))
		c := s.dial(t)
		b := s.dial(t)
		b.send("BLPOP queue 0")
		s.until(t, func() bool { return len(s.db.blocked) == 1 })
		for _, cmd := range []string{
			"SET str v EX 1000", "INCRBYFLOAT f 0.1", "INCR num", "RPUSH list a b c", "LPOP list", "HSET hash a 1 b 2",
			"HINCRBYFLOAT hash a 0.5", "SADD set a b c d e f", "SPOP set 3", "ZADD zset 1 a 2 b 3 c", "ZINCRBY zset 5 a",
			"ZPOPMIN zset", "SET gone v PX 1", "RPUSH queue x", "EXPIRE list 1000", "LMOVE list moved LEFT RIGHT",
			"MULTI", "INCR num", "INCR num", "EXEC", "GETEX str PERSIST", "SET str w", "GETDEL nothing", "BLPOP moved 0",
		} {
			if got := c.do(cmd); strings.HasPrefix(got, "(error)") {
				t.Errorf("%s: %s", cmd, got)
			}
		}
		eventually(t, func() bool { return c.do("EXISTS gone") == "0" })
		want := everything(t, s.server)
		if err := s.end(t); err != nil {
			t.Fatal(err)
		}
		again := logged(t, path, p)
		if got := everything(t, again); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", p, got, want)
		}
		again.log.file.Close()
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(data, wire("DEL", "gone")) || bytes.Contains(data, []byte("SPOP")) ||
			bytes.Contains(data, []byte("BLPOP")) {
			t.Errorf("the log has %q", data)
		}
	}
}

// TestHalfWritten cuts a log at every byte: what is whole is there, transactions included, and can be gone on with.
func TestHalfWritten(t *testing.T) {
	steps := []string{"SET str 1", "SET str 2", "MULTI", "SET str 3", "RPUSH list a", "EXEC", "SET str 4"}
	var data []byte
	for _, cmd := range steps {
		data = append(data, wire(strings.Fields(cmd)...)...)
	}
	for n := range len(data) + 1 {
		path := filepath.Join(t.TempDir(), "aof")
		if err := os.WriteFile(path, data[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		s := newServer()
		cut, err := s.openLog(path, syncNever)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		s.log.file.Close()
		whole := data[:n-int(cut)]
		want := newServer()
		if _, _, err := want.load(bytes.NewReader(whole)); err != nil {
			t.Fatal(err)
		}
		if e := s.db.find([]byte("list")); e != nil && string(s.db.find([]byte("str")).val.str) < "3" {
			t.Errorf("%d bytes: a half of the transaction is there", n)
		}
		info, err := os.Stat(path)
		if err != nil || info.Size() != int64(len(whole)) {
			t.Errorf("%d bytes: the file has %v", n, info.Size())
		}
	}
}

func TestNoLog(t *testing.T) {
	for in, want := range map[string]string{
		"*1\r\n$-2\r\n":                     "this is no log of ours from byte 0 on: ERR Protocol error: invalid bulk length",
		"*1\r\n$4\r\nPING\r\nhello there\n": "this is no log of ours from byte 14 on: no command",
	} {
		if _, _, err := newServer().load(strings.NewReader(in)); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}

// fullDisk is a file that takes only so many bytes.
type fullDisk struct {
	*os.File
	room  atomic.Int64
	broke atomic.Bool // Sync fails
}

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(int64(len(p)), d.room.Load())
	d.room.Add(-n)
	m, err := d.File.Write(p[:n])
	if err == nil && n < int64(len(p)) {
		err = &os.PathError{Op: "write", Path: "aof", Err: syscall.ENOSPC}
	}
	return m, err
}

func (d *fullDisk) Sync() error {
	if d.broke.Load() {
		return &os.PathError{Op: "sync", Path: "aof", Err: syscall.EIO}
	}
	return d.File.Sync()
}

// onFullDisk makes a server whose log is on a disk that has room for so many bytes.
func onFullDisk(t *testing.T, p policy, room int64) (*running, *fullDisk, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "aof")
	srv := logged(t, path, p)
	disk := &fullDisk{File: srv.log.file.(*os.File)}
	disk.room.Store(room)
	srv.log.file = disk
	return serve(t, srv), disk, path
}

// TestFullDisk has clients write until the disk is full, and for some time more; then there is room again. What was
// acknowledged is there in the end.
func TestFullDisk(t *testing.T) {
	for _, p := range []policy{syncAlways, syncNever} {
		s, disk, path := onFullDisk(t, p, 3000)
		var mu sync.Mutex
		acked := map[string]string{}
		refused := 0
		work := func(from string, n int, until string) {
			var wg sync.WaitGroup
			for w := range 5 {
				c := s.dial(t)
				wg.Go(func() {
					for i := 0; n == 0 || i < n; i++ {
						k, v := fmt.Sprintf("%s-%d", from, w), fmt.Sprint(i)
						got := c.do("SET", k, v)
						mu.Lock()
						switch {
						case got == "OK":
							acked[k] = v
						case strings.HasPrefix(got, "(error) MISCONF Errors writing to the AOF file: write aof: no space left"):
							refused++
						default:
							t.Errorf("got %s", got)
						}
						mu.Unlock()
						if got != "OK" && until == "refused" {
							return
						}
					}
				})
			}
			wg.Wait()
		}
		work("a", 0, "refused")
		if refused == 0 {
			t.Error("nobody was told that the disk is full")
		}
		s.dial(t).want("PONG", "PING") // who only reads goes on
		if got := s.dial(t).do("INFO persistence"); !strings.Contains(got, "aof_last_write_status:err") {
			t.Error(got)
		}
		disk.room.Store(1 << 40)
		eventually(t, func() bool { return s.log.failing() == nil })
		work("b", 20, "")
		if err := s.end(t); err != nil {
			t.Fatal(err)
		}
		after := logged(t, path, p)
		for k, v := range acked {
			e := after.db.find([]byte(k))
			if e == nil || len(e.val.str) < len(v) || len(e.val.str) == len(v) && string(e.val.str) < v {
				t.Errorf("%s: %s was acknowledged, and is not there: %v", k, v, e)
			}
		}
		after.log.file.Close()
	}
}

// TestFullAtEnd ends a server while the disk is full: that is its error.
func TestFullAtEnd(t *testing.T) {
	s, _, _ := onFullDisk(t, syncNever, 50)
	c := s.dial(t)
	for c.do("SET", "k", strings.Repeat("x", 100)) == "OK" {
	}
	if err := s.end(t); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	s.task = rt.Spawn(rt.Ready(rt.Unit{})) // for the cleanup
}

// TestSyncFails has a disk that is broken: nothing is acknowledged any more.
func TestSyncFails(t *testing.T) {
	s, disk, _ := onFullDisk(t, syncAlways, 1<<40)
	c := s.dial(t)
	c.want("OK", "SET k 1")
	disk.broke.Store(true)
	want := "(error) MISCONF Errors writing to the AOF file: sync aof: input/output error"
	c.want(want, "SET k 2")
	disk.broke.Store(false)
	c.want(want, "SET k 3")
	c.want("OK", "MULTI")
	c.want(want, "SET k 4")
	c.want("(error) EXECABORT Transaction discarded because of previous errors.", "EXEC")
	if err := s.end(t); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v", err)
	}
	s.task = rt.Spawn(rt.Ready(rt.Unit{})) // for the cleanup
}

// program is the server as a process.
type program struct {
	*exec.Cmd
	addr string
}

// launch runs the server as a process of its own, which the test binary is.
func launch(t testing.TB, args ...string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return launchBy(t, exec.Command(exe), args...)
}

// launchBy is launch with a command that runs the test binary.
func launchBy(t testing.TB, cmd *exec.Cmd, args ...string) *program {
	t.Helper()
	cmd.Env = append(os.Environ(), asServer+"="+strings.Join(append([]string{"-addr", "127.0.0.1:0"}, args...), "\x1f"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	p := &program{Cmd: cmd}
	if _, err := fmt.Fscanf(out, "miniredis: ready at %s\n", &p.addr); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, out)
	return p
}

// TestKill kills the server again and again while clients write: what was acknowledged is there afterwards, and no half
// of a transaction.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "aof")
	acked := map[string]int{}
	var mu sync.Mutex
	for round := range *kills {
		p := launch(t, "-aof", path, "-fsync", "always")
		var count atomic.Int64
		var wg sync.WaitGroup
		for w := range 4 {
			c := dial(t, p.addr)
			key := fmt.Sprintf("k%d", w)
			wg.Go(func() {
				for i := 1; ; i++ {
					v := round*1_000_000 + i
					s := fmt.Sprint(v)
					all := append(wire("MULTI"), wire("SET", key, s)...)
					all = append(append(all, wire("SET", key+"twin", s)...), wire("EXEC")...)
					if _, err := c.Write(all); err != nil {
						return
					}
					for range 4 {
						if _, err := read(c.r); err != nil {
							return
						}
					}
					mu.Lock()
					acked[key] = v
					mu.Unlock()
					count.Add(1)
				}
			})
		}
		eventually(t, func() bool { return count.Load() > 40 })
		if err := p.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		_ = p.Wait()
	}
	p := launch(t, "-aof", path)
	c := dial(t, p.addr)
	if len(acked) != 4 {
		t.Errorf("acknowledged: %v", acked)
	}
	for key, v := range acked {
		got, twin := c.do("GET", key), c.do("GET", key+"twin")
		if got != twin {
			t.Errorf("%s is %s, its twin %s", key, got, twin)
		}
		var have int
		if _, err := fmt.Sscan(got, &have); err != nil || have < v {
			t.Errorf("%s: %d was acknowledged, %s is there", key, v, got)
		}
	}
}

// TestFileLimit has a process that may write only small files, as on a disk that is full: it says so, refuses what it
// cannot keep, and goes on answering.
func TestFileLimit(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell here")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "aof")
	p := launchBy(t, exec.Command(sh, "-c", `ulimit -f 16; exec "$0"`, exe), "-aof", path, "-fsync", "always")
	c := dial(t, p.addr)
	kept := 0
	for got := "OK"; got == "OK"; {
		if got = c.do("SET", fmt.Sprint("k", kept), strings.Repeat("x", 2000)); got == "OK" {
			kept++
		} else if !strings.HasSuffix(got, "file too large") {
			t.Errorf("got %s", got)
		}
	}
	c.want("2000", "STRLEN k0")
	c.send("SHUTDOWN")
	if _ = p.Wait(); p.ProcessState.ExitCode() != 1 {
		t.Errorf("it has ended with %v", p.ProcessState)
	}
	s := logged(t, path, syncNever)
	defer s.log.file.Close()
	if n := s.db.keys.len(); n != kept || kept == 0 {
		t.Errorf("%d were acknowledged, %d are there", kept, n)
	}
}

// TestSignal ends the program as a user does: clients see the end, and the log is whole.
func TestSignal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "aof")
	p := launch(t, "-aof", path, "-fsync", "no")
	c, idle := dial(t, p.addr), dial(t, p.addr)
	idle.want("PONG", "PING")
	for i := range 100 {
		c.want("OK", "SET", fmt.Sprint("k", i), "v")
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*peer{c, idle} {
		if got := c.ended(); got != "" {
			t.Errorf("got %q", got)
		}
	}
	if _ = p.Wait(); p.ProcessState.ExitCode() != 128+int(syscall.SIGTERM) {
		t.Errorf("it has ended with %v", p.ProcessState)
	}
	s := logged(t, path, syncNever)
	defer s.log.file.Close()
	if n := s.db.keys.len(); n != 100 {
		t.Errorf("%d keys", n)
	}
}
