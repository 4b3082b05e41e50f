package rt

import (
	"context"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	for _, n := range []int{1, 2, 4} {
		r := New(Workers(n))
		v, err := BlockOn(Future[int](Spawn(PollFunc(func(cx *Context) (int, bool, error) { return Done(7) }), On(r))), On(r))
		if v != 7 || err != nil {
			t.Fatal(v, err)
		}
		var hs []*JoinHandle[Unit]
		for i := range 1000 {
			hs = append(hs, Spawn(SleepAsync(time.Duration(i%20)*time.Millisecond), On(r)))
		}
		for _, h := range hs {
			if _, err := BlockOn[Unit](h, On(r)); err != nil {
				t.Fatal(err)
			}
		}
		h := SpawnBlocking(func() (int, error) { time.Sleep(time.Millisecond); return 3, nil }, On(r))
		if v, err := BlockOn[int](h, On(r)); v != 3 || err != nil {
			t.Fatal(v, err)
		}
		if err := r.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}
