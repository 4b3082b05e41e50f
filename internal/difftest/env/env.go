// Package env is the world of a function under differential test: futures that a script decides on,
// and a trace of what happened.
package env

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
)

// None is a Script without accidents: all futures are ready when they are first polled.
var None = Script{Stop: -1, Panic: -1, Goexit: -1, Fail: -1}

// A Script decides on the futures of one run, which are numbered in the order of their first poll.
type Script struct {
	Pend   uint64 // bit k%64: future k is pending once
	Stop   int    // future k never gets ready: the run is cancelled there
	Panic  int    // future k panics when it would be ready
	Goexit int    // future k calls runtime.Goexit when it would be ready
	Fail   int    // future k gives an error, if its function has one
}

func (s Script) String() string {
	return fmt.Sprintf("pend=%x stop=%d panic=%d goexit=%d fail=%d", s.Pend, s.Stop, s.Panic, s.Goexit, s.Fail)
}

// Env is one run.
type Env struct {
	Script
	Trace    []string
	Futures  int    // how many have been polled
	Open     int    // how many of them are neither ready nor cancelled
	Blocking bool   // this is a run of the blocking form
	Stopped  func() // called when the future is reached that never gets ready
	Cuts     []Cut
}

// TooLong is what a run panics with whose trace is too long.
const TooLong = "env: the trace is too long"

// limit ends runs that do not: the generators of scripts do not prove termination.
const limit = 10_000

// Log adds a line to the trace.
func (e *Env) Log(format string, args ...any) {
	if len(e.Trace) > limit {
		panic(TooLong)
	}
	e.Trace = append(e.Trace, fmt.Sprintf(format, args...))
}

// Rescue recovers, and says what. It must be deferred itself for that.
func (e *Env) Rescue(name string, err *error) {
	r := recover()
	e.Log("rescue %s %v", name, r)
	if r != nil {
		*err = fmt.Errorf("rescued %v", r)
	}
}

// N logs a call, and gives n. It does not wait.
func (e *Env) N(n int) int {
	e.Log("N %d", n)
	return n
}

// Bool logs a call, and gives b. It does not wait.
func (e *Env) Bool(name string, b bool) bool {
	e.Log("%s %v", name, b)
	return b
}

// Fut is a future that the script decides on.
func (e *Env) Fut(name string, n int) rt.Future[int] { return newFuture(e, name, n) }

// Step waits, and gives n or an error.
func (e *Env) Step(n int) (int, error) { return rt.Await(e.StepAsync(n)) }

// StepAsync is the async form of Step.
func (e *Env) StepAsync(n int) rt.Future[int] { return newFuture(e, fmt.Sprint("step ", n), n) }

// Int waits, and gives n.
func (e *Env) Int(n int) int { return rt.Must(rt.Await(e.IntAsync(n))) }

// IntAsync is the async form of Int.
func (e *Env) IntAsync(n int) rt.Future[int] { return ValAsync(e, n) }

// Is waits, and gives b.
func (e *Env) Is(name string, b bool) bool { return rt.Must(rt.Await(e.IsAsync(name, b))) }

// IsAsync is the async form of Is.
func (e *Env) IsAsync(name string, b bool) rt.Future[bool] {
	f := newFuture(e, name, b)
	f.sure = true
	return f
}

// Wait waits.
func (e *Env) Wait(name string) { rt.Must(rt.Await(e.WaitAsync(name))) }

// WaitAsync is the async form of Wait.
func (e *Env) WaitAsync(name string) rt.Future[rt.Unit] {
	f := newFuture(e, name, rt.Unit{})
	f.sure = true
	return f
}

// Val waits, and gives v.
func Val[T any](e *Env, v T) T { return rt.Must(rt.Await(ValAsync(e, v))) }

// ValAsync is the async form of Val.
func ValAsync[T any](e *Env, v T) rt.Future[T] {
	name := fmt.Sprintf("%T", v)
	switch v := any(v).(type) {
	case int, string, bool, float64, uint8, rune:
		name = fmt.Sprint(v)
	}
	f := newFuture(e, name, v)
	f.sure = true
	return f
}

// Two waits, and gives both.
func Two[A, B any](e *Env, a A, b B) (A, B) { return rt.Must(rt.Await(TwoAsync(e, a, b))).Get() }

// TwoAsync is the async form of Two.
func TwoAsync[A, B any](e *Env, a A, b B) rt.Future[rt.Pair[A, B]] {
	f := newFuture(e, fmt.Sprint("two ", a, " ", b), rt.PairOf(a, b))
	f.sure = true
	return f
}

// Do waits while f runs, so that f changes what is read after the await.
func Do[T any](e *Env, v T, f func()) T { return rt.Must(rt.Await(DoAsync(e, v, f))) }

// DoAsync is the async form of Do.
func DoAsync[T any](e *Env, v T, do func()) rt.Future[T] {
	f := newFuture(e, "do", v)
	f.sure, f.do = true, do
	return f
}

// future is one future of a run.
type future[T any] struct {
	e       *Env
	name    string
	v       T
	k       int // its number, -1 before its first poll
	pended  bool
	sure    bool // never gives an error
	cleanup bool // the script does not stop here
	do      func()
}

func newFuture[T any](e *Env, name string, v T) *future[T] {
	return &future[T]{e: e, name: name, v: v, k: -1}
}

// Poll implements [rt.Future].
func (f *future[T]) Poll(cx *rt.Context) (v T, ready bool, err error) {
	e := f.e
	if f.k < 0 {
		e.Log("start %s", f.name)
		f.k = e.Futures
		e.Futures++
		e.Open++
	}
	if f.k == e.Stop && !f.cleanup {
		if e.Blocking { // what a cancel at this await is in the blocking form
			f.Cancel()
			runtime.Goexit()
		}
		if e.Stopped != nil {
			e.Stopped()
		}
		return rt.Pending[T]()
	}
	if e.Pend>>(f.k%64)&1 != 0 && !f.pended {
		f.pended = true
		if e.Blocking && f.cleanup && exiting() {
			e.Cuts = append(e.Cuts, Cut{len(e.Trace), "ready " + f.name})
		}
		cx.Waker().Wake()
		return rt.Pending[T]()
	}
	e.Open--
	e.Log("ready %s", f.name)
	switch f.k {
	case e.Panic:
		panic(fmt.Sprint("P", f.k))
	case e.Goexit:
		runtime.Goexit()
	case e.Fail:
		if !f.sure {
			return rt.Error[T](fmt.Errorf("E%d", f.k))
		}
	}
	if f.do != nil {
		f.do()
	}
	return rt.Done(f.v)
}

// Cancel implements [rt.Canceler].
func (f *future[T]) Cancel() {
	e := f.e
	if f.k >= 0 {
		e.Open--
		if f.cleanup {
			e.Cuts = append(e.Cuts, Cut{At: len(e.Trace)})
		}
	}
	e.Log("cancel %s", f.name)
}
