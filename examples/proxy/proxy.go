package main

import (
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtnet"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// config is what the flags say.
type config struct {
	dial, idle, check time.Duration
	conns             int64
}

// proxy passes connections on.
type proxy struct {
	config
	backends []*backend
	slots    *rtsync.Semaphore
	next     atomic.Uint64 // where the search for a backend begins: equal ones have turns

	accepted, refused, idled, in, out atomic.Int64 // what /metrics tells
}

// backend is a server to which connections go.
type backend struct {
	addr                string
	down                atomic.Bool // a check, or a connection, has failed since the last check that has not
	open, total, failed atomic.Int64
}

func newProxy(c config, addrs []string) *proxy {
	p := &proxy{config: c, slots: rtsync.NewSemaphore(c.conns)}
	for _, addr := range addrs {
		p.backends = append(p.backends, &backend{addr: addr})
	}
	return p
}

// serve takes connections from l. When it ends, so do they.
//
//async:func
func (p *proxy) serve(l *rtnet.Listener) error {
	defer l.Close()
	return rt.Scope(func(g *rt.Group) error {
		for {
			p.slots.Acquire(1) // before Accept: who has to wait does so in the queue of the system
			c, err := l.Accept()
			if err != nil {
				return err
			}
			p.accepted.Add(1)
			g.Go(func() error {
				defer p.slots.Release(1)
				defer c.Close()
				p.pass(c)
				return nil
			})
		}
	})
}

// pass passes a connection on, to its end.
//
//async:func
func (p *proxy) pass(client *rtnet.Conn) {
	b, server := p.connect()
	if server == nil {
		p.refused.Add(1)
		_ = client.SetLinger(0) // the client is told at once
		return
	}
	defer b.open.Add(-1)
	defer server.Close()
	t := &traffic{}
	t.note(&p.in, 0)
	over := rt.Select2(
		rtnet.CopyBothAsync(flow{client, t, &p.in}, flow{server, t, &p.out}), // each half is closed by itself
		t.silentAsync(p.idle),
	)
	if over.Index == 1 {
		p.idled.Add(1)
	}
}

// connect connects to the backend with the fewest connections; if that fails, to the next one. It gives nil if there is none.
//
//async:func
func (p *proxy) connect() (*backend, *rtnet.Conn) {
	for tried := make(map[*backend]bool); ; {
		b := p.pick(tried)
		if b == nil {
			return nil, nil
		}
		tried[b] = true
		b.open.Add(1)
		b.total.Add(1)
		d := rtnet.Dialer{Timeout: p.dial}
		c, err := d.Dial("tcp", b.addr)
		if err == nil {
			return b, c
		}
		b.open.Add(-1)
		b.failed.Add(1)
		b.down.Store(true)
	}
}

// pick gives the backend with the fewest connections that was not tried: one that is up, or else any.
func (p *proxy) pick(tried map[*backend]bool) (best *backend) {
	first := int(p.next.Add(1))
	for i := range p.backends {
		b := p.backends[(first+i)%len(p.backends)]
		switch {
		case tried[b]:
		case best == nil,
			best.down.Load() && !b.down.Load(),
			best.down.Load() == b.down.Load() && b.open.Load() < best.open.Load():
			best = b
		}
	}
	return best
}

// checkAll looks from time to time which backends take connections.
//
//async:func
func (p *proxy) checkAll() error {
	for t := rt.NewTicker(p.check); ; t.Tick() {
		_, err := rt.Map(16, p.backends, func(b *backend) (rt.Unit, error) {
			d := rtnet.Dialer{Timeout: p.dial}
			c, err := d.Dial("tcp", b.addr)
			if b.down.Store(err != nil); err == nil {
				_ = c.Close()
			}
			return rt.Unit{}, nil // of the check: it is done
		})
		if err != nil {
			return err
		}
	}
}

// traffic knows when bytes have come last, from either side.
type traffic struct{ last atomic.Int64 }

func (t *traffic) note(count *atomic.Int64, n int) {
	count.Add(int64(n))
	t.last.Store(rt.Now().UnixNano())
}

// silent waits until no byte has come for so long.
//
//async:func
func (t *traffic) silent(long time.Duration) {
	for {
		left := time.Unix(0, t.last.Load()).Add(long).Sub(rt.Now())
		if left <= 0 {
			return
		}
		rt.Sleep(left)
	}
}

// flow is a connection whose bytes are counted as they come.
type flow struct {
	*rtnet.Conn
	traffic *traffic
	count   *atomic.Int64
}

// Read is the connection's.
//
//async:func
func (f flow) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	f.traffic.note(f.count, n)
	return n, err
}
