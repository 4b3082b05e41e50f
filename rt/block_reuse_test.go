package rt

import (
	"context"
	"runtime"
	"runtime/pprof"
	"testing"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// on runs f in a block of r, and gives the goroutine that has run it.
func on(t *testing.T, r *Runtime, f func()) (id uintptr) {
	t.Helper()
	if _, err := BlockOn(AsyncFunc(func() error {
		id = goid.ID()
		Yield()
		f()
		return nil
	}), On(r)); err != nil {
		t.Fatal(err)
	}
	return id
}

// A goroutine whose block has returned runs another one, and brings nothing along.
func TestBlockGoroutineIsUsedAgain(t *testing.T) {
	r := New(Workers(1))
	var kept weak.Pointer[[64]byte] // not so small that it shares its memory with others
	first := on(t, r, func() {
		p := new([64]byte)
		kept = weak.Make(p)
		pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("left", "behind")))
		p[0]++
	})
	second := on(t, r, func() {
		if task.Here() != &r.engine {
			t.Error("it belongs to another runtime")
		}
	})
	if first != second {
		t.Error("a goroutine was made")
	}
	for kept.Value() != nil {
		runtime.GC()
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// One that Goexit or a panic has left is not used again.
func TestBlockGoroutineThatWasLeft(t *testing.T) {
	r := New(Workers(1))
	for _, leave := range []func(){runtime.Goexit, func() { panic("left") }} {
		var left uintptr
		_, err := BlockOn(Spawn(AsyncFunc(func() error {
			left = goid.ID()
			leave()
			return nil
		}), On(r)), On(r))
		if err == nil {
			t.Fatal("it has returned")
		}
		for range 3 {
			on(t, r, func() {})
		}
		if left == 0 {
			t.Error("it has not run")
		}
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// More of them than are kept end by themselves: leaktest sees it if they do not.
func TestBlockGoroutinesOfABurst(t *testing.T) {
	r := New(Workers(2))
	items := make([]int, 500)
	_, err := BlockOn(Spawn(AsyncFunc(func() error {
		_, err := Map(0, items, func(int) (Unit, error) {
			Yield()
			return Unit{}, nil
		})
		return err
	}), On(r)), On(r))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := BlockOn(AsyncFunc(func() error { return nil })); err != nil { // on a runtime that goes on
		t.Fatal(err)
	}
}
