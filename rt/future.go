package rt

// Future is a value that is computed when it is polled, and not before.
//
// Poll advances the computation as far as it goes without waiting. It returns
// ready == true with the result, or ready == false after it has arranged that
// cx.Waker() is woken when polling again may get further. After it has been
// ready, a future must not be polled again.
//
// A future has one owner, who polls it: see [Await], [Spawn] and the
// combinators, all of which take it over.
type Future[T any] interface {
	Poll(cx *Context) (value T, ready bool, err error)
}

// Canceler is implemented by futures that hold something which has to be given
// back when nobody polls them to the end. Cancel is called at most once, and
// only on a future that is not ready.
type Canceler interface{ Cancel() }

// Pending is what Poll returns when it has to wait: return rt.Pending[T]().
func Pending[T any]() (value T, ready bool, err error) { return value, false, nil }

// Done is what Poll returns when the value is there: return rt.Done(v).
func Done[T any](v T) (value T, ready bool, err error) { return v, true, nil }

// Error is what Poll returns when it has failed: return rt.Error[T](err).
func Error[T any](err error) (T, bool, error) {
	var zero T
	return zero, true, err
}

// Unit is the result of a future that has none.
type Unit = struct{}

// Pair is the result of a function with two results, and of [Join2].
type Pair[A, B any] struct {
	A A
	B B
}

// PairOf makes a Pair.
func PairOf[A, B any](a A, b B) Pair[A, B] { return Pair[A, B]{a, b} }

// Get takes the pair apart.
func (p Pair[A, B]) Get() (A, B) { return p.A, p.B }

// Triple is the result of a function with three results, and of [Join3].
type Triple[A, B, C any] struct {
	A A
	B B
	C C
}

// TripleOf makes a Triple.
func TripleOf[A, B, C any](a A, b B, c C) Triple[A, B, C] { return Triple[A, B, C]{a, b, c} }

// Get takes the triple apart.
func (t Triple[A, B, C]) Get() (A, B, C) { return t.A, t.B, t.C }

// Result is the outcome of a future that is kept as a value.
type Result[T any] struct {
	Value T
	Err   error
}

// Get takes the result apart.
func (r Result[T]) Get() (T, error) { return r.Value, r.Err }

// Must gives v, and panics with err if it is not nil. It is for what cannot fail.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
