package main

import (
	"io"
	"slices"
	"time"

	"github.com/tidwall/redcon"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

var blockCommands = map[string]command{
	"BLPOP":      {arity: -3, flags: write, run: func(c *client, a [][]byte) { blockPop(c, a, "LPOP", "LPUSH") }},
	"BRPOP":      {arity: -3, flags: write, run: func(c *client, a [][]byte) { blockPop(c, a, "RPOP", "RPUSH") }},
	"BZPOPMIN":   {arity: -3, flags: write, run: func(c *client, a [][]byte) { blockPop(c, a, "ZPOPMIN", "ZADD") }},
	"BZPOPMAX":   {arity: -3, flags: write, run: func(c *client, a [][]byte) { blockPop(c, a, "ZPOPMAX", "ZADD") }},
	"BLMOVE":     {arity: 6, flags: write, run: blockMove},
	"BRPOPLPUSH": {arity: 4, flags: write, run: func(c *client, a [][]byte) { c.blockMove(a[1], a[2], false, true, a[3]) }},
}

// blocked is a client that waits until a key has something for it. Who puts that there runs the command in its place
// that does not block, and hands the answer over. What is not set once is guarded by the lock of the server.
type blocked struct {
	c     *client
	keys  [][]byte
	until time.Time // the zero time: for ever
	kind  string    // of value that it waits for
	pop   string    // the command in its place
	rest  [][]byte  // its arguments after the key
	undo  string    // takes it back; empty: there is nothing to lose, as the element is at another key
	ready rtsync.Oneshot[answer]

	key    []byte   // that it was served from; nil: it was not
	values [][]byte // that it was served with
	wrong  []byte   // the answer if the command in its place has failed
}

// answer is what a client gets that was blocked.
type answer struct {
	buf  []byte
	seen int64 // see client.seen
}

// blockPop is BLPOP key… timeout, and the like.
func blockPop(c *client, args [][]byte, pop, undo string) {
	w := &blocked{c: c, kind: "list", pop: pop, undo: undo}
	if undo == "ZADD" {
		w.kind = "zset"
	}
	for _, key := range args[1 : len(args)-1] {
		w.keys = append(w.keys, slices.Clone(key))
	}
	c.block(w, args[len(args)-1])
}

func blockMove(c *client, args [][]byte) {
	if fromLeft, toLeft, ok := c.ends(args[3], args[4]); ok {
		c.blockMove(args[1], args[2], fromLeft, toLeft, args[5])
	}
}

func (c *client) blockMove(from, to []byte, fromLeft, toLeft bool, timeout []byte) {
	c.block(&blocked{
		c: c, kind: "list", pop: "LMOVE", keys: [][]byte{slices.Clone(from)},
		rest: [][]byte{slices.Clone(to), end(fromLeft), end(toLeft)},
	}, timeout)
}

// block serves w at once if it can, or else has the client wait; not within MULTI.
func (c *client) block(w *blocked, timeout []byte) {
	seconds, ok := c.seconds(timeout)
	if !ok {
		return
	}
	c.logNothing() // the command in its place is logged
	for _, key := range w.keys {
		e := c.s.db.find(key)
		if e != nil && e.val.kind() != w.kind {
			c.out.fail(wrongType)
			return
		}
		if e != nil {
			w.serve(key)
			c.out.buf = append(c.out.buf, w.answer()...)
			return
		}
	}
	if c.tx != nil && c.tx.running {
		w.none(&c.out)
		return
	}
	if seconds > 0 {
		w.until = time.Now().Add(time.Duration(min(seconds, 1e9) * float64(time.Second)))
	}
	for _, key := range w.keys {
		if q := c.s.db.blocked[string(key)]; !slices.Contains(q, w) {
			c.s.db.blocked[string(key)] = append(q, w)
		}
	}
	c.waiting = w
}

// none is the answer if there is nothing.
func (w *blocked) none(out *reply) {
	if w.pop == "LMOVE" {
		out.null()
	} else {
		out.nullArray()
	}
}

// serve takes something of a key, which has it.
func (w *blocked) serve(key []byte) {
	p := &client{s: w.c.s}
	p.call(commands[w.pop], append([][]byte{[]byte(w.pop), key}, w.rest...))
	w.key = key
	_, r := redcon.ReadNextRESP(p.out.buf)
	switch r.Type {
	case redcon.Array:
		r.ForEach(func(v redcon.RESP) bool {
			w.values = append(w.values, v.Data)
			return true
		})
	case redcon.Error:
		w.wrong = r.Raw
	default:
		w.values = [][]byte{r.Data}
	}
}

// answer is what the client gets when it was served.
func (w *blocked) answer() []byte {
	out := reply{resp3: w.c.out.resp3}
	switch {
	case w.wrong != nil:
		return w.wrong
	case w.pop == "LMOVE":
		out.bulk(w.values[0])
		return out.buf
	}
	out.array(1 + len(w.values))
	out.bulk(w.key)
	out.bulk(w.values[0])
	if len(w.values) > 1 {
		score, _ := parseFloat(w.values[1])
		out.double(score)
	}
	return out.buf
}

// takeBack undoes what serve has done: the client is gone.
func (w *blocked) takeBack() {
	if w.undo == "" || w.wrong != nil {
		return
	}
	args := [][]byte{[]byte(w.undo), w.key}
	for i := len(w.values) - 1; i >= 0; i-- { // the score before the member
		args = append(args, w.values[i])
	}
	(&client{s: w.c.s}).call(commands[w.undo], args)
	w.c.s.serveBlocked()
}

// serveBlocked serves those who wait for keys that have got something, in the order in which they came.
func (s *server) serveBlocked() {
	for len(s.db.ready) > 0 {
		key := []byte(s.db.ready[0])
		s.db.ready = s.db.ready[1:]
		for _, w := range slices.Clone(s.db.blocked[string(key)]) {
			e := s.db.find(key)
			if e == nil {
				break
			}
			if e.val.kind() == w.kind {
				s.unblock(w)
				w.serve(key)
				w.ready.Send(answer{w.answer(), s.logEnd()})
			}
		}
	}
	s.db.ready = nil
}

// unblock takes w off the keys that it waits for.
func (s *server) unblock(w *blocked) {
	for _, key := range w.keys {
		q := s.db.blocked[string(key)]
		if i := slices.Index(q, w); i >= 0 {
			q = slices.Delete(q, i, i+1)
		}
		if len(q) == 0 {
			delete(s.db.blocked, string(key))
		} else {
			s.db.blocked[string(key)] = q
		}
	}
}

// wait waits for what c.waiting waits for, and answers. If the client goes away meanwhile, or the answer cannot be
// sent, the element stays where it was.
//
//async:func
func (c *client) wait() error {
	w, sent := c.waiting, false
	defer func() {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		c.waiting = nil
		c.s.unblock(w)
		if w.key != nil && !sent {
			w.takeBack()
		}
	}()
	if err := c.flush(); err != nil { // what was answered before
		return err
	}
	c.free()
	a, err := c.answered(w)
	if err != nil {
		return err
	}
	if c.gone() {
		return io.EOF
	}
	c.hold()
	c.out.n++
	c.out.buf = append(c.out.buf, a.buf...)
	c.seen = max(c.seen, a.seen)
	err = c.flush()
	sent = err == nil
	return err
}

// answered gives the answer of w, which is that there is nothing if its time is up.
//
//async:func
func (c *client) answered(w *blocked) (answer, error) {
	for {
		var timeout rt.Future[rt.Unit]
		if !w.until.IsZero() {
			timeout = rt.SleepUntilAsync(w.until)
		}
		var pushes rt.Future[rt.Unit]
		if c.sub != nil {
			pushes = c.sub.more.WaitAsync()
		}
		r := rt.Select4Biased(c.leftAsync(), w.ready.RecvAsync(), timeout, pushes)
		switch r.Index {
		case 0:
			return answer{}, r.A.Err
		case 1:
			return r.B.Get()
		case 2:
			return c.tooLate(w), nil
		}
		if err := c.flush(); err != nil {
			return answer{}, err
		}
		c.free()
	}
}

// tooLate ends the wait of w, unless it was served in the last moment.
func (c *client) tooLate(w *blocked) answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if a, ok := w.ready.TryRecv(); ok {
		return a
	}
	c.s.unblock(w)
	out := reply{resp3: c.out.resp3}
	out.nullArray()
	return answer{buf: out.buf}
}

// left waits until the client is gone. What it sends meanwhile stays for later; when that is too much we do not look
// any more.
//
//async:func
func (c *client) left() error {
	for c.in.len() < most {
		if err := c.conn.Readable(); err != nil {
			return err
		}
		if err := c.in.fill(c.conn); err != nil {
			return err
		}
	}
	_, err := rt.Await(rt.Never[rt.Unit]())
	return err
}

// most is how much is read ahead of a client that waits.
const most = 64 << 10
