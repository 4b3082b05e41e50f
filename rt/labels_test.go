package rt

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// A goroutine of a runtime goes on belonging to it when it has ended: what it waits for then fails, where on another
// runtime it might wait for ever. It does not keep the runtime, and when it ends nothing is left.
func TestGoroutineBelongsToARuntimeThatHasEnded(t *testing.T) {
	goOn, result := make(chan struct{}), make(chan error)
	var key any
	gone := func() weak.Pointer[Runtime] {
		r := New(Workers(1))
		_, _ = BlockOn(PollFunc(func(*Context) (Unit, bool, error) {
			go func() {
				for range goOn {
					_, err := Await(Never[int]())
					result <- err
				}
			}()
			return Done(Unit{})
		}), On(r))
		if err := r.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		goOn <- struct{}{}
		if err := <-result; err != ErrShutdown {
			t.Errorf("after the end: %v", err)
		}
		key = uintptr(r.engine.Labels)
		return weak.Make(r)
	}()
	for gone.Value() != nil {
		runtime.GC()
	}
	goOn <- struct{}{}
	if err := <-result; err != ErrShutdown {
		t.Errorf("after the runtime is collected: %v", err)
	}
	close(goOn)
	for left := true; left; _, left = task.Labelled.Load(key) {
		runtime.GC()
	}
}
