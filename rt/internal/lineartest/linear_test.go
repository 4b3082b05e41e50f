// Package lineartest has the tests of rtsync that need a library: what the tests of rtsync itself import would be in the
// go.sum of all users.
package lineartest

//go:generate go run github.com/asyncgen/asyncgen/cmd/asyncgen

import (
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// Histories of what tasks and goroutines do at the same time are recorded, and looked at by porcupine: is there an
// order of the operations, each at one moment between its call and its return, in which one thread would have had
// the same results? Half of the clients are tasks, the others goroutines that use the blocking forms.

// what an operation is, and what came of it.
type (
	input struct {
		op     string
		client int
		v      int
	}
	output struct {
		v   int
		ok  bool
		err error
	}
)

// history records operations.
type history struct {
	clock atomic.Int64
	mu    sync.Mutex
	ops   []porcupine.Operation
}

// call notes the call of an operation. What it gives notes its return.
func (h *history) call(in input) (returned func(output)) {
	called := h.clock.Add(1)
	return func(out output) {
		end := h.clock.Add(1)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ops = append(h.ops, porcupine.Operation{ClientId: in.client, Input: in, Call: called, Output: out, Return: end})
	}
}

// client does operations of l that rng chooses, one after the other.
//
//async:func
func client(h *history, l *linear, id, ops int, rng *rand.Rand, do resource) {
	due := "" // what has to follow
	for n := 0; n < ops || due != ""; n++ {
		in := input{op: due, client: id, v: rng.IntN(1<<30) + 1}
		switch {
		case due != "":
		case l.role != nil:
			in.op = l.role(id)
		default:
			in.op = l.ops[rng.IntN(len(l.ops))]
		}
		due = ""
		returned := h.call(in)
		out := do.do(in)
		returned(out)
		if out.ok {
			due = l.pairs[in.op]
		}
		if rng.IntN(4) == 0 {
			rt.Yield()
		}
	}
	if l.close && id == 0 {
		returned := h.call(input{op: "close"})
		returned(do.do(input{op: "close"}))
	}
}

// resource does an operation on what is tested.
type resource interface {
	do(in input) output
	doAsync(in input) rt.Future[output]
}

// linear is a resource with its model.
type linear struct {
	make  func() resource
	model porcupine.Model
	ops   []string                                              // that clients choose from
	role  func(client int) string                               // instead: each has one of its own
	pairs map[string]string                                     // what has to follow an operation that has succeeded
	after func(ops []porcupine.Operation) []porcupine.Operation // prepares the history; nil: it is as it is
	close bool                                                  // the first client ends with a Close
	bad   []step                                                // a history that no order explains
}

// step is an operation of a history without parallelism.
type step struct {
	input
	output
}

// run makes a history.
func (l *linear) run(seed uint64, clients, ops int) []porcupine.Operation {
	h := &history{}
	do := l.make()
	var all sync.WaitGroup
	for id := range clients {
		rng := rand.New(rand.NewPCG(seed, uint64(id)))
		if id%2 == 0 {
			task := rt.Spawn(clientAsync(h, l, id, ops, rng, do))
			all.Go(func() { rt.Must(rt.Await(task)) })
		} else {
			all.Go(func() { client(h, l, id, ops, rng, do) })
		}
	}
	all.Wait()
	return h.ops
}

// explained reports whether an order of the operations explains what came of them.
func (l *linear) explained(ops []porcupine.Operation) error {
	if l.after != nil {
		ops = l.after(ops)
	}
	if !porcupine.CheckOperations(l.model, ops) {
		return errors.New("no order of the operations explains their results")
	}
	return nil
}

// sequential is a model from a function that reports whether an operation may happen in a state, and what comes of it.
func sequential[S any](init S, step func(s S, in input, out output) (bool, S), equal func(a, b S) bool) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return init },
		Step: func(s, in, out any) (bool, any) {
			ok, next := step(s.(S), in.(input), out.(output))
			return ok, next
		},
		Equal:             func(a, b any) bool { return equal(a.(S), b.(S)) },
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v → %+v", in, out) },
	}
}

func same[S comparable](a, b S) bool { return a == b }

// queued is the state of a channel with a buffer.
type queued struct {
	values []int
	closed bool
}

func sameQueue(a, b queued) bool { return a.closed == b.closed && slices.Equal(a.values, b.values) }

func stepChan(capacity int) func(s queued, in input, out output) (bool, queued) {
	return func(s queued, in input, out output) (bool, queued) {
		switch in.op {
		case "close":
			return true, queued{s.values, true}
		case "send", "trySend":
			switch {
			case out.err != nil:
				return s.closed, s
			case !out.ok: // somebody waits, perhaps
				return in.op == "trySend", s
			}
			return !s.closed && len(s.values) < capacity, queued{append(slices.Clone(s.values), in.v), s.closed}
		default:
			switch {
			case out.err != nil:
				return s.closed && len(s.values) == 0, s
			case !out.ok:
				return in.op == "tryRecv", s
			}
			return len(s.values) > 0 && s.values[0] == out.v, queued{values: s.values[min(1, len(s.values)):], closed: s.closed}
		}
	}
}

// met is the state of a rendezvous.
type met struct {
	values  []int  // sent, and not received
	waiting uint64 // clients that wait to receive
	closed  bool
}

func sameMet(a, b met) bool {
	return a.closed == b.closed && a.waiting == b.waiting && slices.Equal(a.values, b.values)
}

// stepRendezvous: a value is sent where somebody waits for one. Who receives it is the first that takes one, so that
// values keep their order where one of those that wait is cut off.
func stepRendezvous(s met, in input, out output) (bool, met) {
	me := uint64(1) << in.client
	switch {
	case in.op == "close":
		return true, met{s.values, s.waiting, true}
	case in.op == "arrive":
		return s.waiting&me == 0, met{s.values, s.waiting | me, s.closed}
	case in.op == "send" && out.err != nil:
		return s.closed, s
	case in.op == "send":
		return !s.closed && len(s.values) < bits.OnesCount64(s.waiting), met{append(slices.Clone(s.values), in.v), s.waiting, false}
	case s.waiting&me == 0:
		return false, s
	case out.err != nil:
		return s.closed && len(s.values) == 0, met{nil, s.waiting &^ me, true}
	}
	return len(s.values) > 0 && s.values[0] == out.v, met{s.values[min(1, len(s.values)):], s.waiting &^ me, s.closed}
}

// arrivals takes the arrival out of each receive: it happens in the same time, before the value is taken.
func arrivals(ops []porcupine.Operation) []porcupine.Operation { return split(ops, "recv", "arrive") }

// split takes an operation out of those that are of, of which it is the first half.
func split(ops []porcupine.Operation, of, half string) (all []porcupine.Operation) {
	for i, op := range ops {
		if in := op.Input.(input); in.op == of {
			first := op
			in.op = half
			first.Input = in
			first.ClientId = 1000 + i
			all = append(all, first)
		}
		all = append(all, op)
	}
	return all
}

type channel struct{ c *rtsync.Chan[int] }

//async:func
func (r channel) do(in input) output {
	switch in.op {
	case "send":
		err := r.c.Send(in.v)
		return output{ok: err == nil, err: err}
	case "trySend":
		return output{ok: r.c.TrySend(in.v)}
	case "recv":
		v, err := r.c.Recv()
		return output{v: v, ok: err == nil, err: err}
	case "tryRecv":
		v, ok := r.c.TryRecv()
		return output{v: v, ok: ok}
	default:
		r.c.Close()
		return output{}
	}
}

type mutex struct{ m *rtsync.Mutex }

//async:func
func (r mutex) do(in input) output {
	switch in.op {
	case "lock":
		r.m.Lock()
	case "tryLock":
		if r.m.TryLock() {
			return output{ok: true}
		}
		return output{}
	default:
		r.m.Unlock()
	}
	return output{ok: true}
}

func stepMutex(locked bool, in input, out output) (bool, bool) {
	switch in.op {
	case "lock":
		return !locked, true
	case "tryLock":
		return out.ok != locked, true
	}
	return locked, false
}

type rwmutex struct{ m *rtsync.RWMutex }

//async:func
func (r rwmutex) do(in input) output {
	switch in.op {
	case "lock":
		r.m.Lock()
	case "unlock":
		r.m.Unlock()
	case "rlock":
		r.m.RLock()
	default:
		r.m.RUnlock()
	}
	return output{ok: true}
}

// stepRWMutex has the number of readers as its state, and -1 for a writer.
func stepRWMutex(s int, in input, _ output) (bool, int) {
	switch in.op {
	case "lock":
		return s == 0, -1
	case "unlock":
		return s == -1, 0
	case "rlock":
		return s >= 0, s + 1
	}
	return s > 0, s - 1
}

const permits = 3

type semaphore struct{ s *rtsync.Semaphore }

// weight is how many permits the clients take: each as many as its number says, so that it gives back as many.
func weight(client int) int64 { return int64(client%permits) + 1 }

//async:func
func (r semaphore) do(in input) output {
	if in.op == "acquire" {
		r.s.Acquire(weight(in.client))
	} else {
		r.s.Release(weight(in.client))
	}
	return output{ok: true}
}

func stepSemaphore(free int64, in input, _ output) (bool, int64) {
	n := weight(in.client)
	if in.op == "acquire" {
		return free >= n, free - n
	}
	return free+n <= permits, free + n
}

type oneshot struct{ o *rtsync.Oneshot[int] }

//async:func
func (r oneshot) do(in input) output {
	switch in.op {
	case "send":
		return output{ok: r.o.Send(in.v)}
	case "tryRecv":
		v, ok := r.o.TryRecv()
		return output{v: v, ok: ok}
	default:
		// A client that waits needs one that sends: so it does itself, if nobody has.
		r.o.Send(in.v)
		v, err := r.o.Recv()
		return output{v: v, ok: err == nil, err: err}
	}
}

// stepOneshot has the value as its state, 0 for none.
func stepOneshot(s int, in input, out output) (bool, int) {
	switch in.op {
	case "send":
		if out.ok {
			return s == 0, in.v
		}
		return s != 0, s
	case "tryRecv":
		if out.ok {
			return s == out.v, s
		}
		return s == 0, s
	}
	if s == 0 { // its own Send
		s = in.v
	}
	return out.ok && s == out.v, s
}

type watch struct {
	w         *rtsync.Watch[int]
	followers []*rtsync.Watcher[int]
}

//async:func
func (r watch) do(in input) output {
	switch in.op {
	case "set":
		r.w.Set(in.v)
		return output{ok: true}
	case "get":
		return output{v: r.w.Get(), ok: true}
	default:
		r.w.Set(in.v) // there is something that it has not seen
		v, err := r.followers[in.client].Changed()
		return output{v: v, ok: err == nil, err: err}
	}
}

// stepWatch has the value as its state. A Changed comes after a Set of the client's own, "own", and may see a later one.
func stepWatch(s int, in input, out output) (bool, int) {
	switch in.op {
	case "set", "own":
		return true, in.v
	}
	return out.ok && s == out.v, s
}

// ownSets takes the Set out of each Changed.
func ownSets(ops []porcupine.Operation) []porcupine.Operation { return split(ops, "changed", "own") }

type onceOp struct{ o *rtsync.Once[int] }

var errOnce = errors.New("not computed")

//async:func
func (r onceOp) do(in input) output {
	ran := false
	v, err := r.o.Do(func() (int, error) {
		ran = true
		rt.Yield()
		if in.v%3 != 0 {
			return 0, errOnce
		}
		return in.v, nil
	})
	return output{v: v, ok: ran, err: err}
}

// stepOnce has the value as its state, 0 for none. ok reports whether the function of the call has run.
func stepOnce(s int, in input, out output) (bool, int) {
	switch {
	case !out.ok:
		return out.err == nil && s != 0 && out.v == s, s
	case out.err != nil:
		return s == 0 && in.v%3 != 0, 0
	}
	return s == 0 && out.v == in.v, in.v
}

// linears are what is tested. Clients take back what they take, so that none waits for ever.
var linears = map[string]*linear{
	"Chan": {
		make:  func() resource { return channel{rtsync.NewChan[int](2)} },
		model: sequential(queued{}, stepChan(2), sameQueue),
		ops:   []string{"send", "send", "trySend"},
		pairs: map[string]string{"send": "recv", "trySend": "recv"},
		close: true,
		bad:   []step{{input{op: "send", v: 1}, output{ok: true}}, {input{op: "send", v: 2}, output{ok: true}}, {input{op: "recv"}, output{v: 2, ok: true}}},
	},
	"rendezvous": {
		make:  func() resource { return channel{rtsync.NewChan[int](0)} },
		model: sequential(met{}, stepRendezvous, sameMet),
		role: func(client int) string {
			if client < clients/2 {
				return "send"
			}
			return "recv"
		},
		after: arrivals, close: true,
		bad: []step{{input{op: "send", v: 1}, output{ok: true}}, {input{op: "recv"}, output{v: 1, ok: true}}},
	},
	"Mutex": {
		make:  func() resource { return mutex{new(rtsync.Mutex)} },
		model: sequential(false, stepMutex, same[bool]),
		ops:   []string{"lock", "lock", "tryLock"},
		pairs: map[string]string{"lock": "unlock", "tryLock": "unlock"},
		bad:   []step{{input{op: "lock"}, output{ok: true}}, {input{op: "tryLock", client: 1}, output{ok: true}}},
	},
	"RWMutex": {
		make:  func() resource { return rwmutex{new(rtsync.RWMutex)} },
		model: sequential(0, stepRWMutex, same[int]),
		ops:   []string{"lock", "rlock", "rlock"},
		pairs: map[string]string{"lock": "unlock", "rlock": "runlock"},
		bad:   []step{{input{op: "rlock"}, output{ok: true}}, {input{op: "lock", client: 1}, output{ok: true}}},
	},
	"Semaphore": {
		make:  func() resource { return semaphore{rtsync.NewSemaphore(permits)} },
		model: sequential(int64(permits), stepSemaphore, same[int64]),
		ops:   []string{"acquire"},
		pairs: map[string]string{"acquire": "release"},
		bad:   []step{{input{op: "acquire", client: 2}, output{ok: true}}, {input{op: "acquire"}, output{ok: true}}},
	},
	"Oneshot": {
		make:  func() resource { return oneshot{new(rtsync.Oneshot[int])} },
		model: sequential(0, stepOneshot, same[int]),
		ops:   []string{"tryRecv", "tryRecv", "send", "recv"},
		bad:   []step{{input{op: "send", v: 1}, output{ok: true}}, {input{op: "send", v: 2}, output{ok: true}}},
	},
	"Watch": {
		make: func() resource {
			w := watch{w: rtsync.NewWatch(0)}
			for range clients {
				w.followers = append(w.followers, w.w.Subscribe())
			}
			return w
		},
		model: sequential(0, stepWatch, same[int]),
		ops:   []string{"set", "get", "get", "changed"},
		after: ownSets,
		bad:   []step{{input{op: "set", v: 1}, output{ok: true}}, {input{op: "get"}, output{v: 0, ok: true}}},
	},
	"Once": {
		make:  func() resource { return onceOp{new(rtsync.Once[int])} },
		model: sequential(0, stepOnce, same[int]),
		ops:   []string{"do"},
		bad:   []step{{input{op: "do", v: 3}, output{v: 3, ok: true}}, {input{op: "do", v: 6}, output{v: 6, ok: true}}},
	},
}

const (
	clients = 6
	steps   = 24 // of each client; the time that a check takes may grow steeply with them
)

var (
	seedFlag     = flag.Uint64("seed", 0, "of what clients do; 0: another one each time")
	linearRounds = flag.Int("histories", 40, "how many histories of each kind of resource are recorded")
)

func TestLinearizable(t *testing.T) {
	for name, l := range linears {
		t.Run(name, func(t *testing.T) {
			seed := *seedFlag
			if seed == 0 {
				seed = rand.Uint64()
			}
			t.Logf("-seed=%d", seed)
			for round := range *linearRounds {
				ops := l.run(seed+uint64(round), clients, steps)
				if err := l.explained(ops); err != nil {
					slices.SortFunc(ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
					for _, op := range ops {
						t.Logf("%3d to %3d: client %d: %+v → %+v", op.Call, op.Return, op.ClientId, op.Input, op.Output)
					}
					t.Fatal(err)
				}
			}
		})
	}
}

// What checks the histories sees one that is wrong.
func TestLinearizableFindsABadHistory(t *testing.T) {
	for name, l := range linears {
		t.Run(name, func(t *testing.T) {
			h := &history{}
			for _, s := range l.bad {
				h.call(s.input)(s.output)
			}
			if l.explained(h.ops) == nil {
				t.Error("it is explained")
			}
		})
	}
}
