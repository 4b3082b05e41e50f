package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

func TestPipeline(t *testing.T) {
	c := serve(t, newServer()).dial(t)
	const n = 5000
	var all []byte
	for i := range n {
		all = append(all, wire("SET", fmt.Sprint("k", i), strings.Repeat("x", i%50))...)
		all = append(all, wire("STRLEN", fmt.Sprint("k", i))...)
	}
	go c.Write(all)
	for i := range n {
		if got := c.next() + " " + c.next(); got != fmt.Sprintf("OK %d", i%50) {
			t.Fatalf("%d: %s", i, got)
		}
	}
	c.want(fmt.Sprint(n), "DBSIZE")
}

// TestLarge sends and gets what is larger than any buffer, in small pieces.
func TestLarge(t *testing.T) {
	c := serve(t, newServer()).dial(t)
	big := strings.Repeat("0123456789", 200_000)
	go func() {
		for p := wire("SET", "k", big); len(p) > 0; {
			n := min(len(p), 100_001)
			c.Write(p[:n])
			p = p[n:]
		}
	}()
	if got := c.next(); got != "OK" {
		t.Fatal(got)
	}
	c.send("GET k")
	c.send("GET k")
	for range 2 {
		if got := c.next(); got != big {
			t.Errorf("got %d bytes", len(got))
		}
	}
}

// TestIdleHoldsNothing has clients of all kinds, none of which has a buffer when it waits.
func TestIdleHoldsNothing(t *testing.T) {
	s := serve(t, newServer())
	before := held.Load()
	for i := range 48 {
		c := s.dial(t)
		c.want("OK", "SET", "k", strings.Repeat("x", 100_000))
		c.send("GET k")
		c.next()
		switch i % 4 {
		case 1:
			c.do("SUBSCRIBE ch")
		case 3:
			c.do("HELLO 3")
			c.do("SUBSCRIBE ch")
			c.send("BLPOP list 0")
		case 2:
			c.want("OK", "MULTI")
			c.want("QUEUED", "GET k")
		}
	}
	s.until(t, func() bool { return len(s.db.blocked["list"]) == 12 })
	eventually(t, func() bool { return held.Load() == before })
	s.dial(t).want("24", "PUBLISH ch hello")
	eventually(t, func() bool { return held.Load() == before })
}

// TestMalformed checks that what is no command ends the client, with an error, and nobody else.
func TestMalformed(t *testing.T) {
	srv := newServer()
	srv.limits = small
	s := serve(t, srv)
	other := s.dial(t)
	for _, c := range []struct{ in, want string }{
		{"*1\r\n$-2\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"*1\r\n$1000\r\n", "-ERR Protocol error: invalid bulk length\r\n"},
		{"*99999\r\n", "-ERR Protocol error: invalid multibulk length\r\n"},
		{"*1\r\n$4\r\nPING\r\n*1\r\nx", "+PONG\r\n-ERR Protocol error: expected '$', got 'x'\r\n"},
		{strings.Repeat("x", inlineLine), "-ERR Protocol error: too big inline request\r\n"},
	} {
		p := s.dial(t)
		go p.Write([]byte(c.in))
		if got := p.ended(); got != c.want {
			t.Errorf("%.40q: got %q, want %q", c.in, got, c.want)
		}
		other.want("PONG", "PING")
	}
}

// TestGarbage has many clients that send garbled commands, or nothing but bytes. Another one does not see that, and
// nothing is left of them.
func TestGarbage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(*seed, 7))
	t.Logf("-seed %d", *seed)
	srv := newServer()
	srv.limits = small
	s := serve(t, srv)
	other := s.dial(t)
	before := held.Load()
	var wg sync.WaitGroup
	for i := range 300 {
		p := garbled(rnd)
		if i%3 == 0 {
			for i := range p {
				p[i] = byte(rnd.Uint32())
			}
		}
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer c.Close()
			for len(p) > 0 {
				n := min(len(p), 1+i%9)
				if _, err := c.Write(p[:n]); err != nil {
					return
				}
				p = p[n:]
			}
			if i%2 == 0 { // the others leave without a look at what comes
				_ = c.(*net.TCPConn).CloseWrite()
				_ = c.SetReadDeadline(time.Now().Add(patience))
				for buf := make([]byte, 1000); ; {
					if _, err := c.Read(buf); err != nil {
						return
					}
				}
			}
		})
		other.want("PONG", "PING")
	}
	wg.Wait()
	s.until(t, func() bool { return len(s.clients) == 1 })
	eventually(t, func() bool { return held.Load() == before })
	other.want("PONG", "PING")
}

// TestSlowReader has a client that asks for more than it takes: it waits, and nobody else does.
func TestSlowReader(t *testing.T) {
	s := serve(t, newServer())
	slow, other := s.dial(t), s.dial(t)
	slow.want("OK", "SET", "big", strings.Repeat("x", 1<<20))
	const n = 64
	for range n {
		slow.send("GET big")
	}
	for range 10 {
		other.want("PONG", "PING")
	}
	for range n {
		if got := len(slow.next()); got != 1<<20 {
			t.Fatalf("got %d bytes", got)
		}
	}
}

func TestTooManyClients(t *testing.T) {
	srv := newServer()
	srv.maxClients = 2
	s := serve(t, srv)
	a, b := s.dial(t), s.dial(t)
	a.want("PONG", "PING")
	b.want("PONG", "PING")
	if got := s.dial(t).ended(); got != "-ERR max number of clients reached\r\n" {
		t.Errorf("got %q", got)
	}
	b.Close()
	s.until(t, func() bool { return len(s.clients) == 1 })
	s.dial(t).want("PONG", "PING")
}

func TestTransaction(t *testing.T) {
	s := serve(t, newServer())
	a, b := s.dial(t), s.dial(t)
	a.want("OK", "WATCH k")
	a.want("OK", "MULTI")
	a.want("QUEUED", "SET k mine")
	b.want("OK", "SET k theirs")
	a.want("nil", "EXEC")
	a.want("theirs", "GET k")

	a.want("OK", "SET k 1 EX 1000")
	a.want("OK", "WATCH k")
	s.locked(func() { s.db.find([]byte("k")).val.expires = 1 })
	a.want("OK", "MULTI")
	a.want("QUEUED", "GET k")
	a.want("nil", "EXEC") // a watched key that expires is one that changes

	a.want("OK", "MULTI")
	a.want("QUEUED", "RPUSH list x")
	a.want("QUEUED", "BLPOP list 0")
	a.want("QUEUED", "BLPOP list 0") // does not block
	a.want("[1 [list x] nil]", "EXEC")
	s.locked(func() {
		if len(s.db.watched) > 0 {
			t.Errorf("watched: %v", s.db.watched)
		}
	})
}

// TestLargeTransaction fills the queue of a transaction, which is bounded.
func TestLargeTransaction(t *testing.T) {
	srv := newServer()
	srv.limits.query = 10_000
	c := serve(t, srv).dial(t)
	c.want("OK", "MULTI")
	n := 0
	for c.do("SET", "k", strings.Repeat("x", 1000)) == "QUEUED" {
		n++
	}
	c.want("QUEUED", "GET k") // as in Redis: EXEC says it
	c.want("(error) EXECABORT Transaction discarded because of previous errors.", "EXEC")
	c.want("nil", "GET k")
	if n != 9 {
		t.Errorf("%d commands were queued", n)
	}
}

func TestExpiry(t *testing.T) {
	s := serve(t, newServer())
	c := s.dial(t)
	for i := range 100 {
		c.want("OK", "SET", fmt.Sprint("k", i), "v", "PX", "1")
	}
	c.want("OK", "SET stays v")
	s.until(t, func() bool { return s.db.keys.len() == 1 && s.db.volatile.len() == 0 }) // nobody asks for them
	c.want("v", "GET stays")
	c.want("-1", "TTL stays")
}

func TestPubSub(t *testing.T) {
	s := serve(t, newServer())
	a, b := s.dial(t), s.dial(t)
	a.want("[subscribe news 1]", "SUBSCRIBE news")
	a.want("[psubscribe n* 2]", "PSUBSCRIBE n*")
	b.want("2", "PUBLISH news hello")
	if x, y := a.next(), a.next(); x != "[message news hello]" || y != "[pmessage n* news hello]" {
		t.Errorf("got %s %s", x, y)
	}
	a.want("(error) ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context", "GET k")
	a.want(`[pong ""]`, "PING")
	b.want("[news]", "PUBSUB CHANNELS")
	b.want("[news 1 x 0]", "PUBSUB NUMSUB news x")
	a.want("[unsubscribe news 1]", "UNSUBSCRIBE")
	a.want("[punsubscribe n* 0]", "PUNSUBSCRIBE n*")
	a.want("PONG", "PING")
	b.want("0", "PUBLISH news hello")

	a.do("HELLO 3")
	a.want("<subscribe news 1>", "SUBSCRIBE news")
	a.want("nil", "GET k") // RESP3 tells messages from answers
	b.want("1", "PUBLISH news again")
	if got := a.next(); got != "<message news again>" {
		t.Errorf("got %s", got)
	}
	a.send("BLPOP list 0") // messages come also while it waits
	s.until(t, func() bool { return len(s.db.blocked) == 1 })
	b.want("1", "PUBLISH news more")
	if got := a.next(); got != "<message news more>" {
		t.Errorf("got %s", got)
	}
	b.want("1", "RPUSH list x")
	if got := a.next(); got != "[list x]" {
		t.Errorf("got %s", got)
	}
	a.Close()
	s.until(t, func() bool { return len(s.db.subs.channels) == 0 })
}

// TestSlowSubscriber has a subscriber that takes no messages: it is closed when there are too many.
func TestSlowSubscriber(t *testing.T) {
	srv := newServer()
	srv.maxPending = 100_000
	s := serve(t, srv)
	slow, fast, p := s.dial(t), s.dial(t), s.dial(t)
	slow.do("SUBSCRIBE ch")
	fast.do("SUBSCRIBE ch")
	_ = slow.Conn.(*net.TCPConn).SetReadBuffer(4096)
	msg := strings.Repeat("x", 10_000)
	for p.do("PUBLISH", "ch", msg) == "2" {
		fast.next()
	}
	fast.next()
	p.want("1", "PUBLISH", "ch", msg)
	p.want("[ch 1]", "PUBSUB NUMSUB ch")
}

func TestClients(t *testing.T) {
	s := serve(t, newServer())
	a, b := s.dial(t), s.dial(t)
	a.want("OK", "CLIENT SETNAME me")
	a.want("me", "CLIENT GETNAME")
	b.send("BLPOP list 0")
	s.until(t, func() bool { return len(s.db.blocked) == 1 })
	list := a.do("CLIENT LIST")
	for _, want := range []string{"name=me", "flags=N", "flags=b", "cmd=blpop", "addr=" + b.LocalAddr().String()} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s in %s", want, list)
		}
	}
	a.want("OK", "CLIENT", "KILL", b.LocalAddr().String())
	if got := b.ended(); got != "" {
		t.Errorf("got %q", got)
	}
	s.until(t, func() bool { return len(s.clients) == 1 && len(s.db.blocked) == 0 })
	a.want("0", "CLIENT KILL ID 12345")
	if info := a.do("INFO"); !strings.Contains(info, "connected_clients:1") || !strings.Contains(info, "blocked_clients:0") {
		t.Error(info)
	}
	if dump := a.do("DEBUG TASKS"); !strings.Contains(dump, "main.server.accept server.go:") {
		t.Error(dump)
	}
}

// TestShutdown ends a server that has clients in every state: what they have sent is answered, and then they see the
// end.
func TestShutdown(t *testing.T) {
	for name, end := range map[string]func(*running, *peer){
		"command": func(_ *running, c *peer) { c.send("SHUTDOWN") },
		"cancel":  func(s *running, _ *peer) { s.task.Abort() },
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, newServer())
			idle, blocked, listens, last := s.dial(t), s.dial(t), s.dial(t), s.dial(t)
			half := s.dial(t)
			idle.want("PONG", "PING")
			blocked.send("BLPOP list 0")
			listens.want("[subscribe ch 1]", "SUBSCRIBE ch")
			half.want("OK", "MULTI")
			half.Write([]byte("*2\r\n$3\r\nGET\r\n$1"))
			last.want("PONG", "PING")
			s.until(t, func() bool { return len(s.db.blocked) == 1 && len(s.clients) == 5 })
			end(s, last)
			for i, c := range []*peer{idle, blocked, listens, half, last} {
				if got := c.ended(); got != "" {
					t.Errorf("client %d got %q", i, got)
				}
			}
			_, err := rt.Timeout(patience, s.task)
			if err != nil && err != rt.ErrAborted {
				t.Error(err)
			}
			if _, err := net.Dial("tcp", s.addr); err == nil {
				t.Error("it still listens")
			}
			s.locked(func() {
				if len(s.clients)+len(s.db.blocked)+len(s.db.subs.channels) > 0 {
					t.Errorf("left: %v %v %v", s.clients, s.db.blocked, s.db.subs)
				}
			})
			if name == "cancel" {
				s.task = rt.Spawn(rt.Ready(rt.Unit{})) // for the cleanup
			}
		})
	}
}

// TestShutdownCutsOff ends a server with a client that takes no answers.
func TestShutdownCutsOff(t *testing.T) {
	srv := newServer()
	srv.grace = 10 * time.Millisecond
	s := serve(t, srv)
	c := s.dial(t)
	c.want("OK", "SET", "big", strings.Repeat("x", 1<<20))
	for range 64 {
		c.send("GET big")
	}
	if err := s.end(t); err != nil {
		t.Error(err)
	}
	s.locked(func() {
		if len(s.clients) > 0 {
			t.Error("there are clients left")
		}
	})
}
