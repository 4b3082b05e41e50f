package rt

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Set is a set of tasks whose results are taken one by one, in the order in which the tasks end. The zero
// Set is empty and ready for use; it must not be copied after first use. Its methods may be called by any
// task and goroutine.
//
//	var s rt.Set[Page]
//	for _, url := range urls {
//		s.Spawn(fetchAsync(url))
//	}
//	for r, ok := s.Next(); ok; r, ok = s.Next() {
//		page, err := r.Get()
//		...
//	}
//
// The tasks do not end with the Set: [Set.Abort] asks for that.
type Set[T any] struct {
	mu      sync.Mutex
	running map[*JoinHandle[T]]struct{}
	ended   []Result[T] // not taken yet; those before first are
	first   int
	waiters []Waker
}

// aSet is where a Set comes from.
const aSet = "var s rt.Set[T] declares one that is ready for use"

// Spawn starts a task that runs f, whose result Next will give. f is used up.
func (s *Set[T]) Spawn(f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	switch {
	case s == nil:
		panic(task.NilReceiver("Set.Spawn", aSet))
	case f == nil:
		panic(task.NilFuture("Set.Spawn"))
	}
	h := Spawn(f, opts...)
	s.mu.Lock()
	if s.running == nil {
		s.running = map[*JoinHandle[T]]struct{}{}
	}
	s.running[h] = struct{}{}
	s.mu.Unlock()
	task.TaskOf(&h.handle).WhenEnded(func() { s.end(h) })
	return h
}

// end moves the result of h, which has ended, to those that Next gives, once.
func (s *Set[T]) end(h *JoinHandle[T]) {
	v, err := task.Result[T](task.TaskOf(&h.handle).Leaf)
	s.mu.Lock()
	if _, ok := s.running[h]; !ok {
		s.mu.Unlock()
		return
	}
	delete(s.running, h)
	s.ended = append(s.ended, Result[T]{v, err})
	waiters := s.waiters
	s.waiters = nil
	s.mu.Unlock()
	for _, w := range waiters {
		w.Wake()
	}
}

// Len is how many results Next has yet to give.
func (s *Set[T]) Len() int {
	if s == nil {
		panic(task.NilReceiver("Set.Len", aSet))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.running) + len(s.ended) - s.first
}

// Abort asks for the cancel of all tasks of the set that run. Next gives their results, too: [ErrAborted],
// as a rule.
func (s *Set[T]) Abort() {
	if s == nil {
		panic(task.NilReceiver("Set.Abort", aSet))
	}
	s.mu.Lock()
	all := make([]*JoinHandle[T], 0, len(s.running))
	for h := range s.running {
		all = append(all, h)
	}
	s.mu.Unlock()
	for _, h := range all {
		h.Abort()
	}
}

// Next waits until one more task has ended, and gives its result. It gives false when the set is empty. A
// cancelled Next has taken none.
func (s *Set[T]) Next() (Result[T], bool) {
	p, err := Await(s.NextAsync())
	if err != nil { // the runtime is shut down while a goroutine waits
		return Result[T]{Err: err}, true
	}
	return p.Get()
}

// NextAsync is the async form of [Set.Next]. It never fails.
func (s *Set[T]) NextAsync() Future[Pair[Result[T], bool]] {
	if s == nil {
		panic(task.NilReceiver("Set.Next", aSet))
	}
	return &setNext[T]{s: s}
}

type setNext[T any] struct {
	s    *Set[T]
	done bool
	task.Claim
}

// Own implements owned.
func (n *setNext[T]) Own(by string) { n.Take("Set.Next", by) }

// Poll implements [Future].
func (n *setNext[T]) Poll(cx *Context) (p Pair[Result[T], bool], ready bool, err error) {
	if n.done {
		task.Misused("Set.Next", "polled", task.AfterReady)
	}
	task.NeedContext(cx, "Set.Next")
	p, n.done = n.s.take(cx)
	return p, n.done, nil
}

// take gives a result, or false if there will be none. Else cx is woken when there is one.
func (s *Set[T]) take(cx *Context) (p Pair[Result[T], bool], ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.first < len(s.ended):
		r := &s.ended[s.first]
		p.A, p.B, *r = *r, true, Result[T]{}
		if s.first++; s.first == len(s.ended) {
			s.ended, s.first = s.ended[:0], 0
		}
		return p, true
	case len(s.running) == 0:
		return p, true
	}
	w := cx.Waker()
	for _, other := range s.waiters {
		if other.WillWake(w) {
			return p, false
		}
	}
	s.waiters = append(s.waiters, w)
	return p, false
}
