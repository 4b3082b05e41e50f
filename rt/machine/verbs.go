package machine

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// The verbs that have a body: awaited where they are made they allocate nothing.

type (
	timeout[T any] interface {
		task.Verb[T]
		Again(d time.Duration, f rt.Future[T])
		AgainAt(t time.Time, f rt.Future[T])
	}
	join2[A, B any] interface {
		task.Verb[rt.Pair[A, B]]
		Again(a rt.Future[A], b rt.Future[B])
	}
	join3[A, B, C any] interface {
		task.Verb[rt.Triple[A, B, C]]
		Again(a rt.Future[A], b rt.Future[B], c rt.Future[C])
	}
	select2[A, B any] interface {
		task.Verb[rt.Choice2[A, B]]
		Again(a rt.Future[A], b rt.Future[B])
		AgainBiased(a rt.Future[A], b rt.Future[B])
	}
	select3[A, B, C any] interface {
		task.Verb[rt.Choice3[A, B, C]]
		Again(a rt.Future[A], b rt.Future[B], c rt.Future[C])
		AgainBiased(a rt.Future[A], b rt.Future[B], c rt.Future[C])
	}
)

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

// DeadlineRun is for generated code, which passes a nil m.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func DeadlineRun[T any](cx *rt.Context, _ *task.Kept[T, timeout[T]], t time.Time, f rt.Future[T]) (T, error, Machine) {
	m := task.NewFrame[task.Kept[T, timeout[T]]](cx)
	if m.Fresh() {
		m.Keep(rt.DeadlineAsync(t, f).(timeout[T]))
	} else {
		m.Verb.AgainAt(t, f)
	}
	return task.AwaitKept(cx, m)
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

// Join3Run is for generated code, which passes a nil m.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func Join3Run[A, B, C any](cx *rt.Context, _ *task.Kept[rt.Triple[A, B, C], join3[A, B, C]], a rt.Future[A], b rt.Future[B], c rt.Future[C]) (A, B, C, error, Machine) {
	m := task.NewFrame[task.Kept[rt.Triple[A, B, C], join3[A, B, C]]](cx)
	if m.Fresh() {
		m.Keep(rt.Join3Async(a, b, c).(join3[A, B, C]))
	} else {
		m.Verb.Again(a, b, c)
	}
	t, err, w := task.AwaitKept(cx, m)
	return t.A, t.B, t.C, err, w
}

// Select2Run is for generated code, which passes a nil m.
func Select2Run[A, B any](cx *rt.Context, _ *task.Kept[rt.Choice2[A, B], select2[A, B]], a rt.Future[A], b rt.Future[B]) (rt.Choice2[A, B], Machine) {
	m := task.NewFrame[task.Kept[rt.Choice2[A, B], select2[A, B]]](cx)
	if m.Fresh() {
		m.Keep(rt.Select2Async(a, b).(select2[A, B]))
	} else {
		m.Verb.Again(a, b)
	}
	won, _, w := task.AwaitKept(cx, m)
	return won, w
}

// Select2BiasedRun is for generated code, which passes a nil m.
func Select2BiasedRun[A, B any](cx *rt.Context, _ *task.Kept[rt.Choice2[A, B], select2[A, B]], a rt.Future[A], b rt.Future[B]) (rt.Choice2[A, B], Machine) {
	m := task.NewFrame[task.Kept[rt.Choice2[A, B], select2[A, B]]](cx)
	if m.Fresh() {
		m.Keep(rt.Select2BiasedAsync(a, b).(select2[A, B]))
	} else {
		m.Verb.AgainBiased(a, b)
	}
	won, _, w := task.AwaitKept(cx, m)
	return won, w
}

// Select3Run is for generated code, which passes a nil m.
func Select3Run[A, B, C any](cx *rt.Context, _ *task.Kept[rt.Choice3[A, B, C], select3[A, B, C]], a rt.Future[A], b rt.Future[B], c rt.Future[C]) (rt.Choice3[A, B, C], Machine) {
	m := task.NewFrame[task.Kept[rt.Choice3[A, B, C], select3[A, B, C]]](cx)
	if m.Fresh() {
		m.Keep(rt.Select3Async(a, b, c).(select3[A, B, C]))
	} else {
		m.Verb.Again(a, b, c)
	}
	won, _, w := task.AwaitKept(cx, m)
	return won, w
}

// Select3BiasedRun is for generated code, which passes a nil m.
func Select3BiasedRun[A, B, C any](cx *rt.Context, _ *task.Kept[rt.Choice3[A, B, C], select3[A, B, C]], a rt.Future[A], b rt.Future[B], c rt.Future[C]) (rt.Choice3[A, B, C], Machine) {
	m := task.NewFrame[task.Kept[rt.Choice3[A, B, C], select3[A, B, C]]](cx)
	if m.Fresh() {
		m.Keep(rt.Select3BiasedAsync(a, b, c).(select3[A, B, C]))
	} else {
		m.Verb.AgainBiased(a, b, c)
	}
	won, _, w := task.AwaitKept(cx, m)
	return won, w
}
