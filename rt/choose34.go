package rt

// Choice3 is the outcome of [Select3]; see [Choice2].
type Choice3[A, B, C any] struct {
	Index int
	A     Result[A]
	B     Result[B]
	C     Result[C]
}

// Select3 is [Select2] for three futures.
func Select3[A, B, C any](a Future[A], b Future[B], c Future[C]) Choice3[A, B, C] {
	won, err := Await(Select3Async(a, b, c))
	return won.orErr(err)
}

// Select3Async is the async form of [Select3]. It never fails.
func Select3Async[A, B, C any](a Future[A], b Future[B], c Future[C]) Future[Choice3[A, B, C]] {
	return newSelect3("Select3", true, a, b, c)
}

// Select3Biased is [Select3] with the futures polled in the order of the arguments:
// of those that are ready the first wins.
func Select3Biased[A, B, C any](a Future[A], b Future[B], c Future[C]) Choice3[A, B, C] {
	won, err := Await(Select3BiasedAsync(a, b, c))
	return won.orErr(err)
}

// Select3BiasedAsync is the async form of [Select3Biased]. It never fails.
func Select3BiasedAsync[A, B, C any](a Future[A], b Future[B], c Future[C]) Future[Choice3[A, B, C]] {
	return newSelect3("Select3Biased", false, a, b, c)
}

// orErr is that of [Choice2].
func (c Choice3[A, B, C]) orErr(err error) Choice3[A, B, C] {
	if err != nil {
		c.A.Err, c.B.Err, c.C.Err = err, err, err
	}
	return c
}

type select3[A, B, C any] struct {
	verb
	all  [3]arm
	what string
	a    branch[A]
	b    branch[B]
	c    branch[C]
}

func newSelect3[A, B, C any](what string, fair bool, a Future[A], b Future[B], c Future[C]) *select3[A, B, C] {
	s := new(select3[A, B, C])
	s.set(what, fair, a, b, c)
	return s
}

func (s *select3[A, B, C]) set(what string, fair bool, a Future[A], b Future[B], c Future[C]) {
	s.what, s.a, s.b, s.c = what, candidate(a), candidate(b), candidate(c)
	s.all = [...]arm{&s.a, &s.b, &s.c}
	s.init(s, firstEnd, s.all[:]...)
	s.needOne()
	s.fair = fair
}

// Again makes a cleared one a new [Select3].
func (s *select3[A, B, C]) Again(a Future[A], b Future[B], c Future[C]) {
	s.set("Select3", true, a, b, c)
}

// AgainBiased makes a cleared one a new [Select3Biased].
func (s *select3[A, B, C]) AgainBiased(a Future[A], b Future[B], c Future[C]) {
	s.set("Select3Biased", false, a, b, c)
}

// Clear implements task.Verb.
func (s *select3[A, B, C]) Clear() bool { return again(s, s.reusable()) }

func (s *select3[A, B, C]) name() string { return s.what }

// Poll implements [Future].
func (s *select3[A, B, C]) Poll(cx *Context) (c Choice3[A, B, C], ready bool, err error) {
	if !s.advance(cx) {
		return c, false, nil
	}
	return Choice3[A, B, C]{int(s.win), s.a.Result, s.b.Result, s.c.Result}, true, nil
}

// Choice4 is the outcome of [Select4]; see [Choice2].
type Choice4[A, B, C, D any] struct {
	Index int
	A     Result[A]
	B     Result[B]
	C     Result[C]
	D     Result[D]
}

// Select4 is [Select2] for four futures.
func Select4[A, B, C, D any](a Future[A], b Future[B], c Future[C], d Future[D]) Choice4[A, B, C, D] {
	won, err := Await(Select4Async(a, b, c, d))
	return won.orErr(err)
}

// Select4Async is the async form of [Select4]. It never fails.
func Select4Async[A, B, C, D any](a Future[A], b Future[B], c Future[C], d Future[D]) Future[Choice4[A, B, C, D]] {
	return newSelect4("Select4", true, a, b, c, d)
}

// Select4Biased is [Select4] with the futures polled in the order of the arguments:
// of those that are ready the first wins.
func Select4Biased[A, B, C, D any](a Future[A], b Future[B], c Future[C], d Future[D]) Choice4[A, B, C, D] {
	won, err := Await(Select4BiasedAsync(a, b, c, d))
	return won.orErr(err)
}

// Select4BiasedAsync is the async form of [Select4Biased]. It never fails.
func Select4BiasedAsync[A, B, C, D any](a Future[A], b Future[B], c Future[C], d Future[D]) Future[Choice4[A, B, C, D]] {
	return newSelect4("Select4Biased", false, a, b, c, d)
}

// orErr is that of [Choice2].
func (c Choice4[A, B, C, D]) orErr(err error) Choice4[A, B, C, D] {
	if err != nil {
		c.A.Err, c.B.Err, c.C.Err, c.D.Err = err, err, err, err
	}
	return c
}

type select4[A, B, C, D any] struct {
	verb
	all  [4]arm
	what string
	a    branch[A]
	b    branch[B]
	c    branch[C]
	d    branch[D]
}

func newSelect4[A, B, C, D any](what string, fair bool, a Future[A], b Future[B], c Future[C], d Future[D]) *select4[A, B, C, D] {
	s := &select4[A, B, C, D]{what: what, a: candidate(a), b: candidate(b), c: candidate(c), d: candidate(d)}
	s.all = [...]arm{&s.a, &s.b, &s.c, &s.d}
	s.init(s, firstEnd, s.all[:]...)
	s.needOne()
	s.fair = fair
	return s
}

func (s *select4[A, B, C, D]) name() string { return s.what }

// Poll implements [Future].
func (s *select4[A, B, C, D]) Poll(cx *Context) (c Choice4[A, B, C, D], ready bool, err error) {
	if !s.advance(cx) {
		return c, false, nil
	}
	return Choice4[A, B, C, D]{int(s.win), s.a.Result, s.b.Result, s.c.Result, s.d.Result}, true, nil
}
