package rt

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Set is a set of tasks that do not depend on each other: what one ends with, be it an error or a panic, is
// nothing to the others, and is taken as a result of its own, in the order in which the tasks end. In a [Group]
// the first error ends all. The zero Set is empty and ready for use; it must not be copied after first use. Its
// methods may be called by any task and goroutine, and by its own tasks.
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
// The tasks do not end with the function that has started them, unless it says so:
//
//	defer s.Stop()
type Set[T any] struct {
	mu      sync.Mutex
	running map[*JoinHandle[T]]struct{}
	ended   []Result[T] // not taken yet; those before first are
	first   int
	waiters waitList
	stops   int // that are under way: who comes is aborted
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
	stops := s.stops
	s.mu.Unlock()
	if stops > 0 {
		h.Abort()
	}
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
	waiters := s.waiters.take()
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

// TryNext gives the result of a task that has ended, if there is one that Next has not given. A task may have ended, and its
// handle be done, a moment before that.
func (s *Set[T]) TryNext() (Result[T], bool) {
	if s == nil {
		panic(task.NilReceiver("Set.TryNext", aSet))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready()
}

type setNext[T any] struct {
	s    *Set[T]
	node waitNode
	done bool
	gone bool // was cancelled
	task.Claim
}

// Own implements owned.
func (n *setNext[T]) Own(by string) { n.Take("Set.Next", by) }

// Poll implements [Future].
func (n *setNext[T]) Poll(cx *Context) (p Pair[Result[T], bool], ready bool, err error) {
	switch {
	case n.done:
		task.Misused("Set.Next", "polled", task.AfterReady)
	case n.gone:
		task.Misused("Set.Next", "polled", task.AfterGone)
	}
	task.NeedContext(cx, "Set.Next")
	p, n.done = n.s.take(cx, &n.node)
	return p, n.done, nil
}

// Cancel implements [Canceler]: the set, which may live long, lets go of who has waited.
func (n *setNext[T]) Cancel() {
	n.gone = true
	n.s.forget(&n.node)
}

func (s *Set[T]) forget(n *waitNode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiters.remove(n)
}

// ready takes a result that is there. It is called under mu.
func (s *Set[T]) ready() (r Result[T], ok bool) {
	if s.first == len(s.ended) {
		return r, false
	}
	r, s.ended[s.first] = s.ended[s.first], Result[T]{}
	if s.first++; s.first == len(s.ended) {
		s.ended, s.first = s.ended[:0], 0
	}
	return r, true
}

// take gives a result, or false if there will be none. Else cx is woken when there is one; n is the caller's own.
func (s *Set[T]) take(cx *Context, n *waitNode) (p Pair[Result[T], bool], over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.A, p.B = s.ready(); !p.B && len(s.running) > 0 {
		s.waiters.add(n, cx.Waker())
		return p, false
	}
	s.waiters.remove(n)
	return p, true
}

// Stop asks for the cancel of all tasks of the set, and of those that it is given meanwhile, and waits until
// they and their cleanup have ended. Their results are thrown away. The set can be used again then.
//
// A cancelled Stop has asked, and does not wait.
func (s *Set[T]) Stop() {
	_, _ = Await(s.StopAsync()) // an error says that the runtime is shut down, and ends them
}

// StopAsync is the async form of [Set.Stop]. It never fails.
func (s *Set[T]) StopAsync() Future[Unit] {
	if s == nil {
		panic(task.NilReceiver("Set.Stop", aSet))
	}
	return &setStop[T]{s: s}
}

type setStop[T any] struct {
	s     *Set[T]
	node  waitNode
	asked bool
	done  bool
	gone  bool // was cancelled
	task.Claim
}

// Own implements owned.
func (n *setStop[T]) Own(by string) { n.Take("Set.Stop", by) }

// Poll implements [Future].
func (n *setStop[T]) Poll(cx *Context) (Unit, bool, error) {
	switch {
	case n.done:
		task.Misused("Set.Stop", "polled", task.AfterReady)
	case n.gone:
		task.Misused("Set.Stop", "polled", task.AfterGone)
	}
	task.NeedContext(cx, "Set.Stop")
	s := n.s
	if !n.asked {
		n.asked = true
		s.mu.Lock()
		s.stops++
		s.mu.Unlock()
		s.Abort()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.running) > 0 {
		s.waiters.add(&n.node, cx.Waker())
		return Unit{}, false, nil
	}
	s.waiters.remove(&n.node)
	s.ended, s.first = nil, 0
	s.stops--
	n.done = true
	return Unit{}, true, nil
}

// Cancel implements [Canceler].
func (n *setStop[T]) Cancel() {
	if n.done || n.gone {
		return
	}
	n.gone = true
	s := n.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiters.remove(&n.node)
	if n.asked {
		s.stops--
	}
}
