// Package lib is another package with a marked function and a source of futures to script.
package lib

import (
	"fmt"
	"runtime"

	"github.com/asyncgen/asyncgen/rt"
)

// Env scripts the futures of one run, and keeps its trace. Futures are numbered in the order of their first poll.
type Env struct {
	Trace  []string
	N      int
	Pend   uint64 // bit k: future k is pending once
	Stop   int    // future k never gets ready: cancel there
	Panic  int    // future k panics when it would be ready
	Goexit int    // future k calls Goexit when it would be ready
	Fail   int    // future k gives an error
	Blocks bool   // this is a run of the blocking form
}

// Log adds a line to the trace.
func (e *Env) Log(format string, args ...any) {
	e.Trace = append(e.Trace, fmt.Sprintf(format, args...))
}

// Rescue recovers: it must be deferred itself for that.
func (e *Env) Rescue(name string, err *error) {
	r := recover()
	e.Log("rescue %s %v", name, r)
	if r != nil {
		*err = fmt.Errorf("rescued %v", r)
	}
}

// Fut is a future that the script decides on.
func (e *Env) Fut(name string, v int) rt.Future[int] { return &fut{e: e, name: name, v: v, k: -1} }

// Cleanup is the value of the future that deferred calls await. A cancel does
// not interrupt cleanup that has begun, so scripts do not stop there.
const Cleanup = 70

type fut struct {
	e    *Env
	name string
	v, k int
	once bool
}

func (f *fut) Poll(cx *rt.Context) (int, bool, error) {
	e := f.e
	if f.k < 0 {
		f.k = e.N
		e.N++
		e.Log("start %s", f.name)
	}
	if f.k == e.Stop && f.v != Cleanup {
		if e.Blocks { // what a cancel at this await is in the blocking form
			f.Cancel()
			runtime.Goexit()
		}
		return 0, false, nil
	}
	if e.Pend>>f.k&1 != 0 && !f.once {
		f.once = true
		cx.Waker().Wake()
		return 0, false, nil
	}
	e.Log("ready %s", f.name)
	switch f.k {
	case e.Panic:
		panic(fmt.Sprint("P", f.k))
	case e.Goexit:
		runtime.Goexit()
	case e.Fail:
		return 0, true, fmt.Errorf("E%d", f.k)
	}
	return f.v, true, nil
}

// Cancel implements [rt.Canceler].
func (f *fut) Cancel() { f.e.Log("cancel %s", f.name) }

// Load is marked, and has a deferred call.
//
//async:func
func Load(e *Env, key string) (string, error) {
	defer e.Log("loaded %s", key)
	v, err := rt.Await(e.Fut("load "+key, len(key)))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(key, v), nil
}
