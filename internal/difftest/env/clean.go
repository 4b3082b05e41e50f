package env

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
)

// Clean waits in a deferred call. A cancel does not interrupt cleanup that has begun, so scripts do
// not stop there.
func (e *Env) Clean(n int) (int, error) { return rt.Await(e.CleanAsync(n)) }

// CleanAsync is the async form of Clean.
func (e *Env) CleanAsync(n int) rt.Future[int] {
	f := newFuture(e, fmt.Sprint("clean ", n), n)
	f.cleanup = true
	return f
}

// CleanInt is [Env.Clean] that gives no error.
func (e *Env) CleanInt(n int) int { return rt.Must(rt.Await(e.CleanIntAsync(n))) }

// CleanIntAsync is the async form of CleanInt.
func (e *Env) CleanIntAsync(n int) rt.Future[int] {
	f := newFuture(e, fmt.Sprint("clean ", n), n)
	f.cleanup, f.sure = true, true
	return f
}

// A Cut is a place in the trace of a blocking form from which on it is no oracle. The block of an async
// function has a goroutine of its own there, and that has other means than a state machine.
//
// Where a cancel comes while deferred calls wait, the async form lets them end. The blocking form cannot
// know that they are deferred calls: the goroutine leaves at the await.
//
// Where deferred calls wait because of a Goexit, the goroutine that polls an async form is going away, so
// the calls keep it until they have ended. In the blocking form other futures of the same task go on
// meanwhile.
type Cut struct {
	At   int    // length of the trace
	Next string // what the async form says there, "" for anything
}

// Allows says whether an async form with this trace may differ from the blocking form from place at on.
func (c Cut) Allows(trace []string, at int) bool {
	if c.Next == "" {
		return c.At == at
	}
	// Another future of the same name may have gone on in the blocking form: then the difference shows later.
	return c.At <= at && c.At < len(trace) && trace[c.At] == c.Next
}

// exiting says whether the calling goroutine is that of a block which leaves by Goexit, for another reason
// than a cancel.
func exiting() bool {
	pcs := make([]uintptr, 1000)
	exits, block := false, false
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for frame, more := frames.Next(); more; {
		callee := frame.Function
		frame, more = frames.Next()
		exits = exits || callee == "runtime.Goexit" && !strings.HasSuffix(frame.Function, "(*BlockCore).leave")
		block = block || strings.HasSuffix(frame.Function, "(*BlockCore).run")
	}
	return exits && block
}

// A Signal is waited for until another task or goroutine fires it. Functions that wait for one are
// run with the word tasks.
type Signal struct {
	mu    sync.Mutex
	fired bool
	waker rt.Waker
}

// Fire makes the signal ready.
func (s *Signal) Fire() {
	s.mu.Lock()
	s.fired = true
	w := s.waker
	s.waker = rt.Waker{}
	s.mu.Unlock()
	w.Wake()
}

// Wait waits until the signal is fired.
func (s *Signal) Wait() { rt.Must(rt.Await(s.WaitAsync())) }

// WaitAsync is the async form of Wait.
func (s *Signal) WaitAsync() rt.Future[rt.Unit] { return s }

// Poll implements [rt.Future].
func (s *Signal) Poll(cx *rt.Context) (v rt.Unit, ready bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fired {
		s.waker = cx.Waker()
	}
	return v, s.fired, nil
}

// CleanDo is [Do] in a deferred call.
func CleanDo[T any](e *Env, v T, f func()) T { return rt.Must(rt.Await(CleanDoAsync(e, v, f))) }

// CleanDoAsync is the async form of CleanDo.
func CleanDoAsync[T any](e *Env, v T, do func()) rt.Future[T] {
	f := newFuture(e, "clean do", v)
	f.cleanup, f.sure, f.do = true, true, do
	return f
}
