package rt

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

func TestBlockingRunsWithItsContext(t *testing.T) {
	for _, run := range runners {
		t.Run(run.name, func(t *testing.T) {
			var inner context.Context
			err := run.do(func() error {
				v, err := Blocking(context.Background(), func(ctx context.Context) (int, error) {
					inner = ctx
					return 7, ctx.Err()
				})
				if v != 7 {
					t.Errorf("got %v", v)
				}
				return err
			})
			if err != nil || inner.Err() == nil {
				t.Errorf("error %v; the context has not ended", err)
			}
		})
	}
}

func TestBlockingOfADoneContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	_, err := Blocking(ctx, func(context.Context) (int, error) { t.Error("called"); return 0, nil })
	if err != errBoom {
		t.Errorf("error %v", err)
	}
}

func TestBlockingEndsWithTheWaiter(t *testing.T) {
	for _, run := range runners {
		t.Run(run.name, func(t *testing.T) {
			j := &journal{}
			begun := make(chan bool, 1)
			err := run.do(func() error {
				_, err := Await(Select2Async(
					BlockingAsync(context.Background(), func(ctx context.Context) (int, error) {
						begun <- true
						<-ctx.Done()
						j.log("ends with %v", ctx.Err())
						return 0, nil
					}),
					BlockingAsync(context.Background(), func(context.Context) (bool, error) { return <-begun, nil }),
				))
				j.log("select returns")
				return err
			})
			if err != nil {
				t.Error(err)
			}
			j.want(t, "ends with context canceled", "select returns")
		})
	}
}

func TestBlockingPanicAndGoexitTravel(t *testing.T) {
	wantPanic(t, errBoom, func() {
		Blocking(context.Background(), func(context.Context) (int, error) { panic(errBoom) })
	})
	gone := make(chan any)
	go func() {
		defer func() { gone <- recover() }()
		Blocking(context.Background(), func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		t.Error("goes on")
	}()
	if p := <-gone; p != nil {
		t.Errorf("panic %v", p)
	}
}

// An error that f returns is an error, whatever its type.
func TestBlockingReturnsPanicErrorOfAnother(t *testing.T) {
	_, err := Blocking(context.Background(), func(context.Context) (int, error) {
		return Await(Spawn(AsyncValue(func() (int, error) { panic(errBoom) })))
	})
	if !errors.Is(err, errBoom) {
		t.Errorf("error %v", err)
	}
}

// TestA5_72_BlockingBesideShutdown starts many functions that block while the runtime ends: each has an end of its own.
func TestA5_72_BlockingBesideShutdown(t *testing.T) {
	r := New(Workers(2))
	const n = 1000
	handles := make(chan *JoinHandle[int], n)
	go Within(r, func() {
		for i := range n {
			handles <- SpawnBlocking(func() (int, error) { return i, nil })
		}
		close(handles)
	})
	first := <-handles
	if err := r.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if v, err := Await(first); err == nil && v != 0 {
		t.Error(v)
	}
	i := 0
	for h := range handles {
		i++
		if v, err := Await(h); err == nil && v != i || err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %d, %v", i, v, err)
		}
	}
	if i != n-1 {
		t.Error(i, "handles")
	}
}
