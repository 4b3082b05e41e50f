//go:build !rtnet_plain

package rttest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
)

// rough is a network in which much goes wrong.
var rough = Faults{MaxLatency: 20 * time.Millisecond, Partial: true}

// echoServer echoes, with a task for each connection, until the listener is closed.
//
//async:func
func echoServer(l *rtnet.Listener) error {
	var g rt.Group
	defer g.Cancel()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return g.Wait()
		}
		if err != nil {
			return err
		}
		g.Go(func() error {
			defer c.Close()
			_, err := rtnet.Copy(c, c)
			if gone(err) {
				return nil
			}
			return err
		})
	}
}

// gone reports whether err says that the peer is.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// echoClient sends lines, and reads them again. It gives how many have come before the connection was broken off.
//
//async:func
func echoClient(network, addr string, lines int, log *[]string) (int, error) {
	c, err := rtnet.Dial(network, addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	r := rtnet.NewReader(c)
	for i := range lines {
		text := strings.Repeat(fmt.Sprint(c.LocalAddr(), i), 1+i*50)
		if _, err := c.Write([]byte(text + "\n")); err != nil {
			return i, err
		}
		got, err := r.ReadLine()
		if err != nil {
			return i, err
		}
		if got != text {
			return i, fmt.Errorf("line %d: %.100q", i, got)
		}
		*log = append(*log, fmt.Sprint(rt.Now().UnixMilli(), " ", c.LocalAddr(), " ", i))
	}
	return lines, nil
}

// echoes has clients at a server. broken says that connections may be broken off.
//
//async:func
func echoes(network, addr string, broken bool, log *[]string) error {
	l, err := rtnet.Listen(network, addr)
	if err != nil {
		return err
	}
	server := rt.Spawn(echoServerAsync(l))
	var clients []*rt.JoinHandle[int]
	for range 3 {
		clients = append(clients, rt.Spawn(echoClientAsync(network, l.Addr().String(), 5, log)))
	}
	for _, h := range clients {
		if _, err := rt.Await(h); err != nil && !(broken && (gone(err) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF))) {
			return err
		}
	}
	if err := l.Close(); err != nil {
		return err
	}
	_, err = rt.Await(server)
	return err
}

func TestNetworkEcho(t *testing.T) {
	for network, addr := range map[string]string{"tcp": "db:0", "unix": "/run/db"} {
		Explore(t, 50, func() rt.Future[rt.Unit] { return echoesAsync(network, addr, false, new([]string)) })
		Explore(t, 100, func() rt.Future[rt.Unit] { return echoesAsync(network, addr, false, new([]string)) }, Network(rough))
		faults := rough
		faults.Reset = 20
		Explore(t, 100, func() rt.Future[rt.Unit] { return echoesAsync(network, addr, true, new([]string)) }, Network(faults))
	}
}

// TestNetworkTrace runs seeds twice: the same happens at the same time. Different seeds have the connections overtake each other
// in different ways.
func TestNetworkTrace(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(20) {
		var hashes [2]uint64
		var logs [2][]string
		for i := range hashes {
			x := &simulated{config: config{turns: manyTurns, faults: rough}, chooser: uniform{newRand(seed)}}
			if err := x.run(echoesAsync("tcp", "db:80", false, &logs[i])); err != nil || len(x.problems) > 0 {
				t.Fatal(err, x.problems)
			}
			hashes[i] = x.hash
		}
		one, two := strings.Join(logs[0], "\n"), strings.Join(logs[1], "\n")
		if hashes[0] != hashes[1] || one != two {
			t.Errorf("seed %d: %x, %x\n%s\n\n%s", seed, hashes[0], hashes[1], one, two)
		}
		orders[one] = true
	}
	if len(orders) < 10 {
		t.Errorf("20 seeds, and only %d orders", len(orders))
	}
}

// cutOff reads from a host that is cut off: nothing comes before it is back.
//
//async:func
func cutOff() error {
	l, err := rtnet.Listen("tcp", "db:80")
	if err != nil {
		return err
	}
	defer l.Close()
	web := rtnet.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(10, 1, 1, 1)}, Timeout: time.Minute}
	c, err := web.Dial("tcp", "db:80")
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		return err
	}
	defer s.Close()
	if s.RemoteAddr().String() != c.LocalAddr().String() || c.RemoteAddr().String() != l.Addr().String() {
		return fmt.Errorf("%v, %v", s.RemoteAddr(), c.RemoteAddr())
	}
	Cut("db")
	if _, err := s.Write([]byte("late")); err != nil {
		return err
	}
	if err := c.SetReadDeadline(rt.Now().Add(time.Hour)); err != nil {
		return err
	}
	p, begin := make([]byte, 10), rt.Now()
	if _, err := c.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) || rt.Since(begin) < time.Hour {
		return fmt.Errorf("after %v: %w", rt.Since(begin), err)
	}
	begin = rt.Now()
	if _, err := web.Dial("tcp", "db:80"); !errors.Is(err, os.ErrDeadlineExceeded) && !isTimeout(err) || rt.Since(begin) < time.Minute {
		return fmt.Errorf("Dial after %v: %w", rt.Since(begin), err)
	}
	Heal()
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	n, err := c.Read(p)
	if string(p[:n]) != "late" {
		return fmt.Errorf("%q, %w", p[:n], err)
	}
	return nil
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func TestNetworkCut(t *testing.T) {
	Explore(t, 20, cutOffAsync)
	Explore(t, 20, cutOffAsync, Network(Faults{MinLatency: time.Millisecond, MaxLatency: 30 * time.Millisecond}))
}

// ends looks at the errors and ends of connections.
//
//async:func
func ends() error {
	if _, err := rtnet.Dial("tcp", "db:81"); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nobody listens: %w", err)
	}
	l, err := rtnet.Listen("tcp", "db:80")
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := rtnet.Listen("tcp", "db:80"); !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("two listen: %w", err)
	}
	p := make([]byte, 100)
	for _, way := range []string{"close", "half", "reset", "unread", "own"} {
		c, err := rtnet.Dial("tcp", "db:80")
		if err != nil {
			return err
		}
		s, err := l.Accept()
		if err != nil {
			return err
		}
		if _, err := s.Write([]byte("bye")); err != nil {
			return err
		}
		if _, err := io.ReadFull(blocking{c}, p[:3]); err != nil {
			return err
		}
		read := rt.Spawn(c.ReadAsync(p))
		want := io.EOF
		switch way {
		case "close":
			err = s.Close()
		case "half":
			if err = s.CloseWrite(); err == nil {
				_, err = c.Write([]byte("still"))
			}
			if n, e := s.Read(make([]byte, 1)); n != 1 || e != nil {
				return fmt.Errorf("the other direction: %w", e)
			}
		case "reset":
			want = syscall.ECONNRESET
			_ = s.SetLinger(0)
			err = s.Close()
		case "unread":
			want = syscall.ECONNRESET
			if _, err = c.Write([]byte("never read")); err != nil {
				return err
			}
			if err = s.Readable(); err == nil {
				err = s.Close()
			}
		case "own":
			want = net.ErrClosed
			rt.Yield()
			err = c.Close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
		if _, err := rt.Await(read); !errors.Is(err, want) {
			return fmt.Errorf("%s: %w, want %w", way, err, want)
		}
		_, _ = c.Close(), s.Close()
	}
	return nil
}

// blocking reads in the blocking form, of what is there.
type blocking struct{ c *rtnet.Conn }

func (b blocking) Read(p []byte) (int, error) { return b.c.Read(p) }

func TestNetworkEnds(t *testing.T) {
	Explore(t, 50, endsAsync)
	Explore(t, 50, endsAsync, Network(rough))
}

// tries asks for what is there, and for the end, without waiting.
//
//async:func
func tries() error {
	l, err := rtnet.Listen("tcp", "db:80")
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := rtnet.Dial("tcp", "db:80")
	if err != nil {
		return err
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		return err
	}
	p := make([]byte, 4)
	if n, ready, err := c.TryRead(p); n != 0 || ready || err != nil || c.PeerClosed() {
		return fmt.Errorf("nothing has come: %d, %t, %w", n, ready, err)
	}
	if _, err := s.Write([]byte("text")); err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	for !c.PeerClosed() {
		rt.Sleep(time.Millisecond)
	}
	for got := ""; got != "text"; {
		n, ready, err := c.TryRead(p)
		if got += string(p[:n]); n == 0 || !ready || err != nil || !strings.HasPrefix("text", got) {
			return fmt.Errorf("%q, %t, %w", got, ready, err)
		}
	}
	if n, ready, err := c.TryRead(p); n != 0 || !ready || err != io.EOF {
		return fmt.Errorf("the end: %d, %t, %w", n, ready, err)
	}
	return nil
}

func TestNetworkTries(t *testing.T) {
	Explore(t, 50, triesAsync)
	Explore(t, 50, triesAsync, Network(rough))
}

// forever reads what nobody sends.
//
//async:func
func forever() error {
	l, err := rtnet.Listen("tcp", "db:80")
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := rtnet.Dial("tcp", "db:80")
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Read(make([]byte, 1))
	return err
}

func TestNetworkDeadlock(t *testing.T) {
	x := &simulated{config: config{turns: manyTurns}, chooser: uniform{newRand(1)}}
	_ = x.run(foreverAsync())
	if got := strings.Join(x.problems, "\n"); !strings.Contains(got, "deadlock") || !strings.Contains(got, "Read") {
		t.Errorf("%q", got)
	}
}
