package rt

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/asyncgen/asyncgen/rt/internal/task"
)

// Each block of ordinary code has a goroutine of its own, which is looked for at each wake and await.
func TestLookupsAreConstantHoweverManyBlocksLive(t *testing.T) {
	const n = 20_000
	before, _ := task.Goroutines.Buckets()
	h := newHand()
	blocks := make([]Future[Unit], n)
	for i := range blocks {
		blocks[i] = AsyncFunc(func() error { _, err := Await(Never[int]()); return err })
		pending(t, h, blocks[i])
	}
	if _, most := task.Goroutines.Buckets(); most > 24 {
		t.Errorf("a lookup looks at up to %d entries", most)
	}
	for _, f := range blocks {
		Cancel(f)
	}
	if after, _ := task.Goroutines.Buckets(); after > 2*before {
		t.Errorf("%d buckets are kept of %d", after, before)
	}
}

// The table is replaced while goroutines look themselves up.
func TestGoroutinesFindThemselves(t *testing.T) {
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for range 64 {
		wg.Go(func() {
			outer, inner := new(task.Runner), new(task.Runner)
			for range 100 {
				id := task.Enlist(outer, nil)
				task.Enlist(inner, nil)
				runtime.Gosched()
				if r := task.CurrentRunner(); r != inner {
					errs <- fmt.Errorf("found %p, want the one said last, %p", r, inner)
					return
				}
				task.Delist(id)
				if r := task.CurrentRunner(); r != outer {
					errs <- fmt.Errorf("found %p, want %p", r, outer)
					return
				}
				task.Delist(id)
			}
		})
	}
	go func() { // others come and go, so that the table grows and shrinks
		for range 20 {
			h := task.NewContext(Waker{})
			var fs []Future[Unit]
			for range 600 {
				f := AsyncFunc(func() error { _, err := Await(Never[int]()); return err })
				_, _, _ = f.Poll(h)
				fs = append(fs, f)
			}
			for _, f := range fs {
				Cancel(f)
			}
		}
		wg.Wait()
		close(errs)
	}()
	for err := range errs {
		t.Error(err)
	}
}
