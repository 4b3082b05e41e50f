package rt

import (
	"reflect"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// AsyncFunc makes a future of a block of code, which is run when the future is
// polled. In a marked function f is a literal that asyncgen turns into a state
// machine. Anywhere else the block has a goroutine of its own, which takes turns
// with whoever polls the future: at any moment only one of them runs, and they
// switch only at awaits. So in both forms the block, the code around it and
// other blocks that are joined with it may share variables without locks.
//
// A block that waits for something outside rt, such as a native channel, keeps
// whoever polls it waiting too. A cancel is runtime.Goexit at the await where
// the block waits; a panic or Goexit of the block goes on in the poller, with
// the same value, also one of its deferred calls when it is cancelled. A block
// that was polled has to be awaited or cancelled, otherwise its goroutine stays.
func AsyncFunc(f func() error) Future[Unit] {
	if f == nil {
		panic(task.NilFunction("AsyncFunc"))
	}
	return newBlock[Unit]("AsyncFunc", unitCode(f), f)
}

// AsyncValue is [AsyncFunc] for a block that has a value.
func AsyncValue[T any](f func() (T, error)) Future[T] {
	if f == nil {
		panic(task.NilFunction("AsyncValue"))
	}
	return newBlock("AsyncValue", valueCode[T](f), f)
}

// newBlock makes a block of f, which people know by the function named.
func newBlock[T any](what string, f code[T], named any) *blockOf[T] {
	return &blockOf[T]{BlockCore: task.BlockCore{What: what, Entry: reflect.ValueOf(named).Pointer()}, f: f}
}

// code is the code of a block.
type code[T any] interface{ call() (T, error) }

type unitCode func() error

func (f unitCode) call() (Unit, error) { return Unit{}, f() }

type valueCode[T any] func() (T, error)

func (f valueCode[T]) call() (T, error) { return f() }

// blockOf is a block as a future.
type blockOf[T any] struct {
	task.BlockCore
	task.Handing
	f   code[T] // nil: has been started
	res Result[T]
}

// Poll implements [Future].
func (b *blockOf[T]) Poll(cx *Context) (v T, ready bool, err error) {
	task.NeedContext(cx, b.What)
	switch {
	case b.Handed != nil:
		task.Misused(b.What, "polled", task.AfterGone)
	case b.State == task.BlockFresh:
		b.Start(cx, b)
	case b.State != task.BlockWaiting:
		b.Misused("polled")
	}
	if !b.Resume(cx, task.TurnGoOn) {
		b.State = task.BlockWaiting
		return v, false, nil
	}
	v, err = b.res.Get()
	b.res = Result[T]{}
	return v, true, err
}

// Run runs the code, on the block's goroutine.
func (b *blockOf[T]) Run() {
	f := b.f
	b.f = nil
	b.res.Value, b.res.Err = f.call()
}

// PollCancel has the block leave at the await where it waits.
func (b *blockOf[T]) PollCancel(cx *Context) (over bool) { return b.GoOn(cx, b.pollCancel) }

func (b *blockOf[T]) pollCancel(cx *Context) (over bool) {
	next := task.TurnGoOn
	switch b.State {
	case task.BlockFresh:
		b.f, b.State = nil, task.BlockGone
		return true
	case task.BlockWaiting:
		next = task.TurnLeave
	case task.BlockLeaving: // its deferred calls wait
		if task.Forced(cx) {
			next = task.TurnForce
		}
	case task.BlockRunning:
		b.Misused("cancelled")
	default:
		return true
	}
	if !b.Resume(cx, next) {
		b.State = task.BlockLeaving
		return false
	}
	b.State = task.BlockGone
	b.res = Result[T]{}
	return true
}

// Cancel implements [Canceler]. Deferred calls that have to wait go on as a task
// of their own.
func (b *blockOf[T]) Cancel() { b.Dismiss(b.pollCancel) }
