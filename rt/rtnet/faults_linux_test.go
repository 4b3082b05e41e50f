//go:build !rtnet_plain

package rtnet_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

var (
	faultRounds = flag.Int("rtnet.rounds", 400, "how many connections the fault tests make")
	faultSeed   = flag.Uint64("rtnet.seed", 0, "their seed; 0: another one each time")
)

func newSeed(t *testing.T) uint64 {
	seed := *faultSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-rtnet.seed=%d", seed)
	return seed
}

// open counts the descriptors of the process.
func open(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// leak makes sure that a test leaves no descriptor open. It gives what to call at the end.
func leak(t *testing.T) func() {
	t.Helper()
	l, a, b := pipe(t, "tcp", "127.0.0.1:0") // the poller and the reserve are there now
	_, _, _ = a.Close(), b.Close(), l.Close()
	before := open(t)
	return func() {
		t.Helper()
		if after := open(t); after != before {
			t.Errorf("%d descriptors are open, were %d", after, before)
		}
	}
}

// zeros are more than the system keeps for a connection.
var zeros = make([]byte, 4<<20)

// closing closes a connection while others read from it and write to it.
//
//async:func
func closing(l *rtnet.Listener, network string, rounds int, seed uint64) (cutReads, cutWrites int, err error) {
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range rounds {
		c, err := rtnet.Dial(network, l.Addr().String())
		if err != nil {
			return 0, 0, err
		}
		s, err := l.Accept()
		if err != nil {
			return 0, 0, err
		}
		read := rt.Spawn(c.ReadAsync(make([]byte, 10)))
		second := rt.Spawn(c.ReadableAsync())
		write := rt.Spawn(c.WriteAsync(zeros[:r.IntN(2)*len(zeros)]))
		for range r.IntN(4) {
			rt.Yield()
		}
		if err := c.Close(); err != nil {
			return 0, 0, err
		}
		if _, err := rt.Await(read); !errors.Is(err, net.ErrClosed) {
			return 0, 0, fmt.Errorf("round %d: Read beside Close: %w", i, err)
		}
		cutReads++
		if _, err := rt.Await(second); !errors.Is(err, net.ErrClosed) {
			return 0, 0, fmt.Errorf("round %d: Readable beside Close: %w", i, err)
		}
		switch _, err := rt.Await(write); {
		case errors.Is(err, net.ErrClosed):
			cutWrites++
		case err != nil:
			return 0, 0, fmt.Errorf("round %d: Write beside Close: %w", i, err)
		}
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			return 0, 0, fmt.Errorf("round %d: second Close: %w", i, err)
		}
		if err := s.Close(); err != nil {
			return 0, 0, err
		}
	}
	return cutReads, cutWrites, nil
}

func TestCloseDuringReadAndWrite(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		defer leak(t)()
		l, err := rtnet.Listen(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		n, err := rt.BlockOn(closingAsync(l, network, *faultRounds, newSeed(t)))
		if err != nil {
			t.Fatal(err)
		}
		if n.A != *faultRounds || n.B == 0 {
			t.Errorf("of %d rounds %d reads and %d writes were cut off", *faultRounds, n.A, n.B)
		}
	})
}

// mostOpen is how many connections a churn has open at a time: the process has only so many descriptors.
const mostOpen = 500

// churn opens, uses and closes connections in random order, one end or the other first.
//
//async:func
func churn(l *rtnet.Listener, network string, rounds int, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 0))
	var conns []rt.Pair[*rtnet.Conn, *rtnet.Conn]
	for i := 0; i < rounds || len(conns) > 0; i++ {
		if i < rounds && r.IntN(2) == 0 && len(conns) < mostOpen || len(conns) == 0 {
			h := rt.Spawn(l.AcceptAsync())
			c, err := rtnet.Dial(network, l.Addr().String())
			if err != nil {
				return err
			}
			s, err := rt.Await(h)
			if err != nil {
				return err
			}
			conns = append(conns, rt.PairOf(c, s))
			continue
		}
		at := r.IntN(len(conns))
		c, s := conns[at].Get()
		if r.IntN(2) == 0 {
			c, s = s, c
		}
		text, p := strconv.Itoa(i), make([]byte, 20)
		h := rt.Spawn(c.ReadAsync(p))
		if _, err := s.Write([]byte(text)); err != nil {
			return err
		}
		if n, err := rt.Await(h); string(p[:n]) != text || err != nil {
			return fmt.Errorf("operation %d: %q, %v", i, p[:n], err)
		}
		if r.IntN(3) > 0 {
			continue
		}
		end := rt.Spawn(c.ReadAsync(p))
		if err := s.Close(); err != nil {
			return err
		}
		if n, err := rt.Await(end); n != 0 || err != io.EOF {
			return fmt.Errorf("operation %d: at the end %d, %v", i, n, err)
		}
		if err := c.Close(); err != nil {
			return err
		}
		conns[at] = conns[len(conns)-1]
		conns = conns[:len(conns)-1]
	}
	return nil
}

// TestChurn has several tasks at it, whose descriptors and slots take each other's places.
func TestChurn(t *testing.T) {
	each(t, func(t *testing.T, network, addr string) {
		defer leak(t)()
		var others []rt.Future[rt.Unit]
		seed := newSeed(t)
		for i := range uint64(4) {
			// A connection that another task dials may come out of Accept: each has a listener.
			at := "127.0.0.1:0"
			if network == "unix" {
				at = addr + strconv.Itoa(int(i))
			}
			if network == "tcp6" {
				at = "[::1]:0"
			}
			l, err := rtnet.Listen(network, at)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			others = append(others, rt.Spawn(churnAsync(l, network, *faultRounds, seed+i)))
		}
		if _, err := rt.JoinAll(others...); err != nil {
			t.Error(err)
		}
	})
}

// TestStaleEvents has events for a slot whose descriptor was closed meanwhile.
func TestStaleEvents(t *testing.T) {
	defer leak(t)()
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer b.Close()
	slot := a.Slot()
	if n := a.Events(false); n != 1 {
		t.Errorf("an event was told to %d descriptors, want 1", n)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if n := a.Events(true); n != 0 {
		t.Error("an event of a closed descriptor was told")
	}
	c, err := rtnet.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Slot() != slot {
		t.Fatalf("slot %d is not used again, but %d", slot, c.Slot())
	}
	if n := c.Events(true); n != 0 {
		t.Error("an event of the descriptor before was told")
	}
}

// TestResets breaks a connection off in each state of its peer.
func TestResets(t *testing.T) {
	defer leak(t)()
	for name, f := range map[string]func(a, b *rtnet.Conn) rt.Future[rt.Unit]{
		"while it reads":     resetReadAsync,
		"while it writes":    resetWriteAsync,
		"with unread data":   resetUnreadAsync,
		"after CloseWrite":   resetHalfAsync,
		"before it writes":   resetThenWriteAsync,
		"while it waits":     resetReadableAsync,
		"after the end":      hangUpUnreadAsync,
		"close with no read": closeUnreadAsync,
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				l, a, b := pipe(t, "tcp", "127.0.0.1:0")
				if _, err := rt.BlockOn(f(a, b)); err != nil {
					t.Fatal(err)
				}
				_ = b.Close()
				if err := a.Close(); err != nil {
					t.Error(err)
				}
				_ = l.Close()
			}
		})
	}
}

// reset breaks c off.
func reset(c *rtnet.Conn) {
	rt.Must(0, c.SetLinger(0))
	rt.Must(0, c.Close())
}

// broken reports whether err says that the peer has broken off.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func unless(ok bool, what string, n int, err error) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%s: %d, %w", what, n, err)
}

//async:func
func resetRead(a, b *rtnet.Conn) error {
	h := rt.Spawn(a.ReadAsync(make([]byte, 1)))
	rt.Yield()
	reset(b)
	n, err := rt.Await(h)
	return unless(n == 0 && broken(err), "Read", n, err)
}

//async:func
func resetReadable(a, b *rtnet.Conn) error {
	h := rt.Spawn(a.ReadableAsync())
	rt.Yield()
	reset(b)
	if _, err := rt.Await(h); err != nil {
		return err
	}
	n, err := a.Read(make([]byte, 1)) // the error was not taken
	return unless(n == 0 && broken(err), "Read", n, err)
}

//async:func
func resetWrite(a, b *rtnet.Conn) error {
	h := rt.Spawn(a.WriteAsync(make([]byte, 16<<20)))
	second := rt.Spawn(a.WriteAsync(make([]byte, 16<<20)))
	rt.Must(io.ReadFull(b, make([]byte, 100)))
	reset(b)
	n, err := rt.Await(h)
	m, other := rt.Await(second)
	// Which of them was the first is open; the other one had to wait for it.
	return unless(max(n, m) > 0 && max(n, m) < 16<<20 && min(n, m) == 0 && broken(err) && broken(other), "Write", n+m, errors.Join(err, other))
}

//async:func
func resetUnread(a, b *rtnet.Conn) error {
	rt.Must(b.Write([]byte("unread")))
	if err := a.Readable(); err != nil {
		return err
	}
	reset(b)
	p := make([]byte, 10)
	n, err := a.Read(p) // Linux gives the data, or the error, as it comes
	if err == nil {
		n, err = a.Read(p)
	}
	return unless(n == 0 && (broken(err) || err == io.EOF), "Read", n, err)
}

//async:func
func resetHalf(a, b *rtnet.Conn) error {
	if err := a.CloseWrite(); err != nil {
		return err
	}
	if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("after CloseWrite: %d, %w", n, err)
	}
	if n, err := b.Write([]byte("x")); n != 1 || err != nil {
		return fmt.Errorf("the other direction: %d, %w", n, err)
	}
	p := make([]byte, 2)
	if n, err := a.Read(p); n != 1 || err != nil {
		return fmt.Errorf("the other direction: %d, %w", n, err)
	}
	h := rt.Spawn(a.ReadAsync(p))
	rt.Yield()
	reset(b)
	n, err := rt.Await(h)
	if !broken(err) {
		return fmt.Errorf("Read: %d, %w", n, err)
	}
	if n, err = a.Write(p); !broken(err) {
		return fmt.Errorf("Write after CloseWrite: %d, %w", n, err)
	}
	if err := a.CloseWrite(); err == nil {
		return errors.New("CloseWrite after a reset is no error")
	}
	return nil
}

//async:func
func resetThenWrite(a, b *rtnet.Conn) error {
	reset(b)
	if err := a.Readable(); err != nil {
		return err
	}
	n, err := a.Write([]byte("x"))
	if !broken(err) {
		return fmt.Errorf("Write: %d, %w", n, err)
	}
	n, err = a.Write([]byte("x")) // no SIGPIPE
	return unless(broken(err), "second Write", n, err)
}

// hangUpUnread closes after it has written: the peer reads all, and then the end, again and again.
//
//async:func
func hangUpUnread(a, b *rtnet.Conn) error {
	const size = 300_000
	h := rt.Spawn(b.WriteAsync(make([]byte, size)))
	p := make([]byte, 7000)
	if err := a.Readable(); err != nil {
		return err
	}
	for total := 0; total < size; {
		n, err := a.Read(p)
		if err != nil {
			return err
		}
		if total += n; total > size/2 && h.Finished() {
			_ = b.Close()
		}
	}
	if _, err := rt.Await(h); err != nil {
		return err
	}
	_ = b.Close()
	for range 3 {
		if n, err := a.Read(p); n != 0 || err != io.EOF {
			return fmt.Errorf("at the end: %d, %w", n, err)
		}
	}
	return nil
}

// closeUnread closes without having read: the peer is told so by a reset.
//
//async:func
func closeUnread(a, b *rtnet.Conn) error {
	rt.Must(a.Write([]byte("never read")))
	if err := b.Readable(); err != nil {
		return err
	}
	h := rt.Spawn(a.ReadAsync(make([]byte, 1)))
	_ = b.Close()
	n, err := rt.Await(h)
	return unless(n == 0 && broken(err), "Read", n, err)
}

// exhaust takes all descriptors of the process, and gives them back in undo.
func exhaust(t *testing.T) (undo func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	low := old
	low.Cur = uint64(open(t) + 20)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	var taken []int
	for {
		fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			break
		}
		taken = append(taken, fd)
	}
	return func() {
		for _, fd := range taken {
			_ = syscall.Close(fd)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
			t.Error(err)
		}
	}
}

// TestNoDescriptors has an Accept without descriptors: it waits, and no connection is lost; where that takes too
// long, the peers are told.
func TestNoDescriptors(t *testing.T) {
	defer leak(t)()
	for _, patient := range []bool{true, false} {
		long := time.Hour
		if !patient {
			long = 2 * time.Millisecond
		}
		undo := rtnet.SetWaits(time.Millisecond, long)
		l, a, b := pipe(t, "tcp", "127.0.0.1:0")
		var clients []*rtnet.Conn
		for range 3 {
			c, err := rtnet.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, c)
		}
		free := exhaust(t)
		h := rt.Spawn(l.AcceptAsync())
		if patient {
			if _, err := a.Write([]byte("x")); err != nil { // other connections are not affected
				t.Error(err)
			}
			if _, err := b.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
			free()
			for i := range clients {
				c, err := rt.Await(h)
				if err != nil {
					t.Fatal(err)
				}
				_ = c.Close()
				if i+1 < len(clients) {
					h = rt.Spawn(l.AcceptAsync())
				}
			}
		} else {
			for _, c := range clients {
				if n, err := c.Read(make([]byte, 1)); err != io.EOF && !broken(err) {
					t.Errorf("a connection that is turned away: %d, %v", n, err)
				}
			}
			free()
			_ = l.Close()
			if _, err := rt.Await(h); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
		for _, c := range append(clients, a, b) {
			_ = c.Close()
		}
		_ = l.Close()
		undo()
	}
}

// TestOptions looks at what the connections have from their listener, and at the flags of all descriptors.
func TestOptions(t *testing.T) {
	l, a, b := pipe(t, "tcp", "127.0.0.1:0")
	defer l.Close()
	defer a.Close()
	defer b.Close()
	for name, c := range map[string]syscall.Conn{"listener": l, "dialed": a, "accepted": b} {
		raw, err := c.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		err = raw.Control(func(fd uintptr) {
			for _, o := range []struct{ level, option, want int }{
				{syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1},
				{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15},
				{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 9},
			} {
				if got, err := syscall.GetsockoptInt(int(fd), o.level, o.option); got != o.want || err != nil {
					t.Errorf("%s: option %d of %d is %d, %v; want %d", name, o.option, o.level, got, err, o.want)
				}
			}
			flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFL, 0)
			more, _, _ := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_GETFD, 0)
			if flags&syscall.O_NONBLOCK == 0 || more&syscall.FD_CLOEXEC == 0 {
				t.Errorf("%s: flags %x, %x", name, flags, more)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}
