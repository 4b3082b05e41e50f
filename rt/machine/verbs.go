package machine

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// The verbs that have a body: awaited where they are made they allocate nothing.

type timeout[T any] interface {
	task.Verb[T]
	Again(d time.Duration, f rt.Future[T])
}

// TimeoutRun is for generated code, which passes a nil m.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func TimeoutRun[T any](cx *rt.Context, _ *task.Kept[T, timeout[T]], d time.Duration, f rt.Future[T]) (T, error, Machine) {
	m := task.NewFrame[task.Kept[T, timeout[T]]](cx)
	if m.Fresh() {
		m.Keep(rt.TimeoutAsync(d, f).(timeout[T]))
	} else {
		m.Verb.Again(d, f)
	}
	return task.AwaitKept(cx, m)
}

type join2[A, B any] interface {
	task.Verb[rt.Pair[A, B]]
	Again(a rt.Future[A], b rt.Future[B])
}

// Join2Run is for generated code, which passes a nil m.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func Join2Run[A, B any](cx *rt.Context, _ *task.Kept[rt.Pair[A, B], join2[A, B]], a rt.Future[A], b rt.Future[B]) (A, B, error, Machine) {
	m := task.NewFrame[task.Kept[rt.Pair[A, B], join2[A, B]]](cx)
	if m.Fresh() {
		m.Keep(rt.Join2Async(a, b).(join2[A, B]))
	} else {
		m.Verb.Again(a, b)
	}
	p, err, w := task.AwaitKept(cx, m)
	return p.A, p.B, err, w
}

type select2[A, B any] interface {
	task.Verb[rt.Choice2[A, B]]
	Again(a rt.Future[A], b rt.Future[B])
}

// Select2Run is for generated code, which passes a nil m.
func Select2Run[A, B any](cx *rt.Context, _ *task.Kept[rt.Choice2[A, B], select2[A, B]], a rt.Future[A], b rt.Future[B]) (rt.Choice2[A, B], Machine) {
	m := task.NewFrame[task.Kept[rt.Choice2[A, B], select2[A, B]]](cx)
	if m.Fresh() {
		m.Keep(rt.Select2Async(a, b).(select2[A, B]))
	} else {
		m.Verb.Again(a, b)
	}
	c, _, w := task.AwaitKept(cx, m)
	return c, w
}
