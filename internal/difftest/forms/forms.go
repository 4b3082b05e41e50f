// Package forms runs a function in its forms under the same scripts, and compares them. The blocking
// form is the oracle: it runs on a goroutine of its own, as the user wrote it. The async form is
// polled by hand, and runs as a task. All of them must leave the same trace and end in the same way.
// A cancel at an await is compared with runtime.Goexit at that await. Where a block of the blocking form
// cannot do what the async form does, the comparison ends: see [env.Cut].
//
// The programs that package difftest builds link this package: see Main.
package forms

import (
	"fmt"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
	"github.com/asyncgen/asyncgen/rt"
)

// A Func is a marked function in both forms.
type Func struct {
	Name     string // with its package: "b1.lateReads"
	Args     []int  // what it is called with
	NoCancel bool   // its blocking form is not left as a whole by a Goexit at an await
	Tasks    bool   // it starts tasks, which wake it from elsewhere
	Few      bool   // it is slow: run it under few scripts
	Blocking func(e *env.Env, n int) string
	Async    func(e *env.Env, n int) Future
}

// A Future is an async form that is under way, whatever its type.
type Future interface {
	// poll polls it. The outcome is what the blocking form would have returned.
	poll(cx *rt.Context) (outcome string, ready bool)
	// pollCancel cancels it, and says whether its cleanup has ended.
	pollCancel(cx *rt.Context) (done bool)
	// spawn makes it a task.
	spawn() handle
}

// A handle is a task.
type handle interface {
	await() (outcome string, err error)
	Abort()
}

// Of makes a Future of what an async form has returned.
func Of[T any](f rt.Future[T]) Future { return future[T]{f} }

type future[T any] struct{ f rt.Future[T] }

func (d future[T]) poll(cx *rt.Context) (string, bool) {
	v, ready, err := d.f.Poll(cx)
	if !ready {
		return "", false
	}
	return Show(v, err), true
}

func (d future[T]) pollCancel(cx *rt.Context) bool {
	return d.f.(interface{ PollCancel(*rt.Context) bool }).PollCancel(cx)
}

func (d future[T]) spawn() handle { return task[T]{rt.Spawn(d.f)} }

type task[T any] struct{ *rt.JoinHandle[T] }

func (h task[T]) await() (string, error) {
	v, err := rt.Await[T](h.JoinHandle)
	return Show(v, err), err
}

// Show is how a function has returned.
func Show(v any, err error) string { return fmt.Sprintf("%v %v", v, err) }
