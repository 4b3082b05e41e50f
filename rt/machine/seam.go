package machine

import (
	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Schema1 is referred to by every generated file. A file of another generation
// of asyncgen then fails to compile, with a name that says why.
const Schema1 = 1

// Boxed is a call that is a future: one object for both. Generated code makes a type of its own of it.
type Boxed[T, F any] struct {
	Box   task.Box[T]
	Frame F
}

// BoxedStream is a [Boxed] that is a stream.
type BoxedStream[T, F any] struct {
	Box   StreamBox[T]
	Frame F
}

// Returned gives the results of the callee that the call waited for. T is
// [Unit] if the callee has no value, and the error is nil if it has none.
func Returned[T any](cx *rt.Context) (T, error) {
	m, f, kind := finished(cx)
	v, err := task.ResultOf[T](f, kind)
	if err == nil {
		task.ReleaseOK(cx, m)
	} else {
		task.Release(cx, m)
	}
	return v, err
}

// finished takes the callee that has just finished. It has no type parameters: what only generic functions of this package
// call the compiler does not inline into generated code.
func finished(cx *rt.Context) (m Machine, f *Frame, kind ResultKind) {
	m = task.Finished(cx)
	f = task.Head(m)
	return m, f, task.KindOf(f)
}

// Returned2 is [Returned] for a callee with two values.
func Returned2[A, B any](cx *rt.Context) (A, B, error) {
	p, err := Returned[rt.Pair[A, B]](cx)
	return p.A, p.B, err
}

// Returned3 is [Returned] for a callee with three values.
func Returned3[A, B, C any](cx *rt.Context) (A, B, C, error) {
	t, err := Returned[rt.Triple[A, B, C]](cx)
	return t.A, t.B, t.C, err
}

// Value is [Returned] for a callee without an error.
func Value[T any](cx *rt.Context) T {
	v, _ := Returned[T](cx)
	return v
}

// Value2 is [Value] for a callee with two values.
func Value2[A, B any](cx *rt.Context) (A, B) {
	p, _ := Returned[rt.Pair[A, B]](cx)
	return p.A, p.B
}

// Value3 is [Value] for a callee with three values.
func Value3[A, B, C any](cx *rt.Context) (A, B, C) {
	t, _ := Returned[rt.Triple[A, B, C]](cx)
	return t.A, t.B, t.C
}

// Raise takes up a recovered panic again. It is the last line of the guard of a
// function with deferred calls.
func Raise(p any) {
	if p != nil {
		panic(p)
	}
}

// Recover is recover() in a deferred literal that awaits: the panic is parked in *p meanwhile. A nil
// p is a return, or a cancel.
func Recover(p *any) any {
	if p == nil {
		return nil
	}
	v := take(p)
	if v != nil {
		task.Recovered(v)
	}
	return v
}

// take gives the panic that is parked in *p, which is parked no longer.
func take(p *any) any {
	v := *p
	*p = nil
	return v
}

// RecoverDue is a deferred recover() in such a literal. A panic of the literal itself is none that it
// could take, and the parked one is then not the one that is under way.
func RecoverDue(p *any) {
	if v := recover(); v != nil {
		panic(v)
	}
	Recover(p)
}

// Rethrow takes up the parked panic again, if there is one.
func Rethrow(p *any) {
	if p == nil {
		return
	}
	if v := take(p); v != nil {
		task.Rethrow(v)
	}
}

// Leave runs the deferred calls of m, which Park has prepared. After a panic
// they may wait, and so does the call. After Goexit (p is nil) nothing can hold
// up the goroutine, so they wait on it; and so they do after a panic in the
// deferred calls of a Goexit, which goes on whoever recovers from that.
func Leave(cx *rt.Context, m Machine, p any) Machine { return task.LeaveBody(cx, m, p) }

// Copy is a fresh cell with the value of *p: a loop variable of the next iteration.
func Copy[T any](p *T) *T {
	c := new(T)
	*c = *p
	return c
}
