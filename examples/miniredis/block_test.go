package main

import (
	"fmt"
	"sync"
	"testing"
)

func TestBlocking(t *testing.T) {
	s := serve(t, newServer())
	a, b, p := s.dial(t), s.dial(t), s.dial(t)
	a.send("BLPOP x y 0")
	s.until(t, func() bool { return len(s.db.blocked["y"]) == 1 })
	b.send("BRPOP y 0")
	s.until(t, func() bool { return len(s.db.blocked["y"]) == 2 })
	p.want("3", "RPUSH y 1 2 3")
	if got := a.next(); got != "[y 1]" { // who came first
		t.Errorf("got %s", got)
	}
	if got := b.next(); got != "[y 3]" {
		t.Errorf("got %s", got)
	}
	p.want("[2]", "LRANGE y 0 -1")

	a.want("nil", "BLPOP x 0.001")
	a.send("BLMOVE x z LEFT RIGHT 0")
	b.send("BLPOP z 0") // is served by the one before
	s.until(t, func() bool { return len(s.db.blocked) == 2 })
	p.want("1", "LPUSH x v")
	if got := a.next() + " " + b.next(); got != "v [z v]" {
		t.Errorf("got %s", got)
	}

	a.send("BZPOPMIN zset 0")
	s.until(t, func() bool { return len(s.db.blocked) == 1 })
	p.want("OK", "SET zset string")
	p.want("1", "DEL zset")
	p.want("2", "ZADD zset 2 b 1.5 a")
	if got := a.next(); got != "[zset a 1.5]" {
		t.Errorf("got %s", got)
	}

	// What a client sends while it waits is answered afterwards.
	a.send("BLPOP x 0")
	a.send("PING")
	s.until(t, func() bool { return len(s.db.blocked) == 1 })
	p.want("OK", "MULTI")
	p.want("QUEUED", "RPUSH x 1")
	p.want("QUEUED", "LLEN x")
	p.want("[1 1]", "EXEC") // it is served after all of that
	if got := a.next() + " " + a.next(); got != "[x 1] PONG" {
		t.Errorf("got %s", got)
	}
	s.locked(func() {
		if len(s.db.blocked) > 0 {
			t.Errorf("blocked: %v", s.db.blocked)
		}
	})
}

// TestGoneWhileBlocked has clients that go away while they wait. What is pushed from then on is not lost on them.
func TestGoneWhileBlocked(t *testing.T) {
	s := serve(t, newServer())
	p := s.dial(t)
	for i := range 100 {
		leaves, stays := s.dial(t), s.dial(t)
		switch i % 3 {
		case 0:
			leaves.send("BLPOP list 0")
		case 1:
			leaves.send("BRPOP list 100")
		default:
			leaves.do("HELLO 3")
			leaves.send("BLPOP other list 0")
		}
		s.until(t, func() bool { return len(s.db.blocked["list"]) == 1 })
		leaves.Close()
		p.send("RPUSH", "list", fmt.Sprint(i))
		p.next()
		stays.want(fmt.Sprintf("[list %d]", i), "BLPOP list 0")
		stays.Close()
	}
	for i := range 20 {
		leaves, stays := s.dial(t), s.dial(t)
		leaves.send("BZPOPMAX zset 0")
		s.until(t, func() bool { return len(s.db.blocked["zset"]) == 1 })
		leaves.Close()
		p.want("1", "ZADD", "zset", "0.1", fmt.Sprint(i))
		stays.want(fmt.Sprintf("[zset %d 0.1]", i), "BZPOPMAX zset 0")
		stays.Close()
	}
	s.until(t, func() bool { return len(s.clients) == 1 && len(s.db.blocked) == 0 })
	p.want("0", "DBSIZE")
}

// TestManyConsumers has clients that take from one list what others put there: everything once.
func TestManyConsumers(t *testing.T) {
	s := serve(t, newServer())
	const producers, consumers, each = 4, 8, 200
	var mu sync.Mutex
	seen := map[string]int{}
	var wg sync.WaitGroup
	for range consumers {
		c := s.dial(t)
		wg.Go(func() {
			for {
				c.send("BLPOP list 0")
				got, err := read(c.r)
				if err != nil {
					t.Error(err)
					return
				}
				v := got.([]any)[1].(string)
				if v == "end" {
					return
				}
				mu.Lock()
				seen[v]++
				mu.Unlock()
			}
		})
	}
	var made sync.WaitGroup
	for i := range producers {
		c := s.dial(t)
		made.Go(func() {
			for j := range each {
				c.do("RPUSH", "list", fmt.Sprintf("%d-%d", i, j))
			}
		})
	}
	made.Wait()
	p := s.dial(t)
	for range consumers {
		p.do("RPUSH list end")
	}
	wg.Wait()
	if len(seen) != producers*each {
		t.Errorf("%d of %d have come", len(seen), producers*each)
	}
	for v, n := range seen {
		if n != 1 {
			t.Errorf("%s has come %d times", v, n)
		}
	}
}
