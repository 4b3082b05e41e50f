package rt

import "errors"

// ErrNotChosen is the error of a future that did not win a [Select2] and the like.
var ErrNotChosen = errors.New("rt: not chosen")

// candidate is the arm of a choice.
func candidate[T any](f Future[T]) branch[T] {
	return branch[T]{f, Result[T]{Err: ErrNotChosen}}
}

// Choice2 is the outcome of [Select2]: Index says which future has won, 0 or 1,
// and the field A or B has its result. The Err of the other is [ErrNotChosen].
type Choice2[A, B any] struct {
	Index int
	A     Result[A]
	B     Result[B]
}

// Select2 runs a and b concurrently inside the calling task until one has
// finished, with a value or an error, a panic or Goexit. The other is cancelled, and
// its cleanup has run when Select2 returns. If both are ready in one poll, chance decides;
// [Select2Biased] prefers a.
//
// The futures are polled one at a time, so that they may share variables without
// locks. Both are used up; one that is to go on after losing is passed as
// [Borrow](f). A nil future never wins; if all are nil, Select2 panics. If
// Select2 itself is cancelled, so are a and b, in order. On a goroutine whose
// runtime is shut down meanwhile both have [ErrShutdown].
func Select2[A, B any](a Future[A], b Future[B]) Choice2[A, B] {
	won, err := Await(Select2Async(a, b))
	return won.orErr(err)
}

// Select2Async is the async form of [Select2]. It never fails.
func Select2Async[A, B any](a Future[A], b Future[B]) Future[Choice2[A, B]] {
	return newSelect2("Select2", true, a, b)
}

// Select2Biased is [Select2] with the futures polled in the order of the arguments:
// of those that are ready the first wins.
func Select2Biased[A, B any](a Future[A], b Future[B]) Choice2[A, B] {
	won, err := Await(Select2BiasedAsync(a, b))
	return won.orErr(err)
}

// Select2BiasedAsync is the async form of [Select2Biased]. It never fails.
func Select2BiasedAsync[A, B any](a Future[A], b Future[B]) Future[Choice2[A, B]] {
	return newSelect2("Select2Biased", false, a, b)
}

// orErr is c, or with err, the error of [Await], a choice where all have it.
func (c Choice2[A, B]) orErr(err error) Choice2[A, B] {
	if err != nil {
		c.A.Err, c.B.Err = err, err
	}
	return c
}

type select2[A, B any] struct {
	verb
	all  [2]arm
	what string
	a    branch[A]
	b    branch[B]
}

func newSelect2[A, B any](what string, fair bool, a Future[A], b Future[B]) *select2[A, B] {
	s := new(select2[A, B])
	s.set(what, fair, a, b)
	return s
}

func (s *select2[A, B]) set(what string, fair bool, a Future[A], b Future[B]) {
	s.what, s.a, s.b = what, candidate(a), candidate(b)
	s.all = [...]arm{&s.a, &s.b}
	s.init(s, firstEnd, s.all[:]...)
	s.needOne()
	s.fair = fair
}

// Again makes a cleared one a new [Select2].
func (s *select2[A, B]) Again(a Future[A], b Future[B]) { s.set("Select2", true, a, b) }

// AgainBiased makes a cleared one a new [Select2Biased].
func (s *select2[A, B]) AgainBiased(a Future[A], b Future[B]) { s.set("Select2Biased", false, a, b) }

// Clear implements task.Verb.
func (s *select2[A, B]) Clear() bool { return again(s, s.reusable()) }

func (s *select2[A, B]) name() string { return s.what }

// Poll implements [Future].
func (s *select2[A, B]) Poll(cx *Context) (c Choice2[A, B], ready bool, err error) {
	if !s.advance(cx) {
		return c, false, nil
	}
	return Choice2[A, B]{int(s.win), s.a.Result, s.b.Result}, true, nil
}

// SelectAll is [Select2] for any number of futures of one type: it gives the
// index and the result of the winner. A wake polls only the future that it is for.
func SelectAll[T any](fs ...Future[T]) (int, Result[T]) {
	p, err := Await(SelectAllAsync(fs...))
	if err != nil {
		p.B.Err = err
	}
	return p.Get()
}

// SelectAllAsync is the async form of [SelectAll]. It never fails.
func SelectAllAsync[T any](fs ...Future[T]) Future[Pair[int, Result[T]]] {
	return newSelectAll("SelectAll", true, fs)
}

// SelectAllBiased is [SelectAll] with the futures polled in the order of the
// arguments: of those that are ready the first wins.
func SelectAllBiased[T any](fs ...Future[T]) (int, Result[T]) {
	p, err := Await(SelectAllBiasedAsync(fs...))
	if err != nil {
		p.B.Err = err
	}
	return p.Get()
}

// SelectAllBiasedAsync is the async form of [SelectAllBiased]. It never fails.
func SelectAllBiasedAsync[T any](fs ...Future[T]) Future[Pair[int, Result[T]]] {
	return newSelectAll("SelectAllBiased", false, fs)
}

type selectAll[T any] struct {
	armSlice[T]
	what string
}

func newSelectAll[T any](what string, fair bool, fs []Future[T]) *selectAll[T] {
	s := &selectAll[T]{what: what}
	s.fill(fs)
	s.init(s, firstEnd)
	s.needOne()
	s.fair = fair
	return s
}

func (s *selectAll[T]) name() string { return s.what }

// Poll implements [Future].
func (s *selectAll[T]) Poll(cx *Context) (c Pair[int, Result[T]], ready bool, err error) {
	if !s.advance(cx) {
		return c, false, nil
	}
	return Pair[int, Result[T]]{int(s.win), s.slots[s.win].Result}, true, nil
}
