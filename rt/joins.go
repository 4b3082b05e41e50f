package rt

// Join2 runs a and b concurrently inside the calling task, and gives both
// values. The first error cancels the other future, whose cleanup has run when
// Join2 returns; that error is the result. A panic or Goexit of one does the same,
// and goes on when that cleanup has run.
//
// The futures are polled one at a time, in the order of the arguments, so that
// they may share variables without locks. Both are used up. If Join2 itself is
// cancelled, so are they, in order.
func Join2[A, B any](a Future[A], b Future[B]) (A, B, error) {
	p, err := Await(Join2Async(a, b))
	return p.A, p.B, err
}

// Join2Async is the async form of [Join2].
func Join2Async[A, B any](a Future[A], b Future[B]) Future[Pair[A, B]] {
	j := new(join2[A, B])
	j.Again(a, b)
	return j
}

type join2[A, B any] struct {
	verb
	all [2]arm
	a   branch[A]
	b   branch[B]
}

// Again makes a cleared one, or a new one, a [Join2].
func (j *join2[A, B]) Again(a Future[A], b Future[B]) {
	j.a.f, j.b.f = a, b
	j.all = [...]arm{&j.a, &j.b}
	j.init(j, firstError, j.all[:]...)
	j.needAll()
}

// Clear implements task.Verb.
func (j *join2[A, B]) Clear() bool { return again(j, j.reusable()) }

func (j *join2[A, B]) name() string { return "Join2" }

// Poll implements [Future].
func (j *join2[A, B]) Poll(cx *Context) (v Pair[A, B], ready bool, err error) {
	if !j.advance(cx) {
		return v, false, nil
	}
	if j.err == nil {
		v = Pair[A, B]{j.a.Value, j.b.Value}
	}
	return v, true, j.err
}

// Join3 is [Join2] for three futures.
func Join3[A, B, C any](a Future[A], b Future[B], c Future[C]) (A, B, C, error) {
	t, err := Await(Join3Async(a, b, c))
	return t.A, t.B, t.C, err
}

// Join3Async is the async form of [Join3].
func Join3Async[A, B, C any](a Future[A], b Future[B], c Future[C]) Future[Triple[A, B, C]] {
	j := new(join3[A, B, C])
	j.Again(a, b, c)
	return j
}

type join3[A, B, C any] struct {
	verb
	all [3]arm
	a   branch[A]
	b   branch[B]
	c   branch[C]
}

// Again makes a cleared one, or a new one, a [Join3].
func (j *join3[A, B, C]) Again(a Future[A], b Future[B], c Future[C]) {
	j.a.f, j.b.f, j.c.f = a, b, c
	j.all = [...]arm{&j.a, &j.b, &j.c}
	j.init(j, firstError, j.all[:]...)
	j.needAll()
}

// Clear implements task.Verb.
func (j *join3[A, B, C]) Clear() bool { return again(j, j.reusable()) }

func (j *join3[A, B, C]) name() string { return "Join3" }

// Poll implements [Future].
func (j *join3[A, B, C]) Poll(cx *Context) (v Triple[A, B, C], ready bool, err error) {
	if !j.advance(cx) {
		return v, false, nil
	}
	if j.err == nil {
		v = Triple[A, B, C]{j.a.Value, j.b.Value, j.c.Value}
	}
	return v, true, j.err
}

// JoinAll is [Join2] for any number of futures of one type. The values come in
// the order of the arguments, whatever the order in which they were ready. With
// no future it is ready at once.
//
// A wake polls only the future that it is for, however many there are.
func JoinAll[T any](fs ...Future[T]) ([]T, error) { return Await(JoinAllAsync(fs...)) }

// JoinAllAsync is the async form of [JoinAll].
func JoinAllAsync[T any](fs ...Future[T]) Future[[]T] {
	j := &joinAll[T]{}
	j.fill(fs)
	j.init(j, firstError)
	j.needAll()
	return j
}

type joinAll[T any] struct{ armSlice[T] }

func (j *joinAll[T]) name() string { return "JoinAll" }

// Poll implements [Future].
func (j *joinAll[T]) Poll(cx *Context) (vs []T, ready bool, err error) {
	if !j.advance(cx) {
		return nil, false, nil
	}
	if j.err == nil {
		vs = j.values()
	}
	return vs, true, j.err
}

// JoinSettled runs all futures to their end, as [JoinAll] does, and gives the
// outcome of each: an error of one does not end the others.
func JoinSettled[T any](fs ...Future[T]) []Result[T] {
	rs, err := Await(JoinSettledAsync(fs...))
	if err != nil { // the runtime is shut down while a goroutine waits
		rs = make([]Result[T], len(fs))
		for i := range rs {
			rs[i].Err = err
		}
	}
	return rs
}

// JoinSettledAsync is the async form of [JoinSettled]. It never fails.
func JoinSettledAsync[T any](fs ...Future[T]) Future[[]Result[T]] {
	j := &joinSettled[T]{}
	j.fill(fs)
	j.init(j, everyEnd)
	j.needAll()
	return j
}

type joinSettled[T any] struct{ armSlice[T] }

func (j *joinSettled[T]) name() string { return "JoinSettled" }

// Poll implements [Future].
func (j *joinSettled[T]) Poll(cx *Context) (rs []Result[T], ready bool, err error) {
	if !j.advance(cx) {
		return nil, false, nil
	}
	rs = make([]Result[T], len(j.slots))
	for i := range j.slots {
		rs[i] = j.slots[i].Result
	}
	return rs, true, nil
}
