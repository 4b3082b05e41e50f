package rttest

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/asyncgen/asyncgen/rt"
)

// Bubble runs f in a bubble of testing/synctest, with a runtime of its own, to which f and what it starts belong: time is
// the bubble's, for tasks and goroutines alike, and passes when all of them wait. It is for code that mixes both:
//
//	rttest.Bubble(t, func(t *testing.T) {
//		done := make(chan bool)
//		go func() { time.Sleep(time.Hour); close(done) }()
//		rt.Recv(done) // takes no time
//	})
//
// The runtime has several workers: who goes first is not decided by a seed. It is shut down when f returns; what is left
// is cancelled.
func Bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := rt.New(rt.RuntimeName("bubble of " + t.Name()))
		defer func() {
			if err := r.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		rt.Within(r, func() { f(t) })
	})
}
