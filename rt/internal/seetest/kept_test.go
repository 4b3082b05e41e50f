package seetest

import (
	"runtime"
	"testing"
	"weak"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// TestTailAwaitKeepsNothing: of a call for which another one stands in nothing is kept, be it the first of its task, be it
// an arm of a verb.
func TestTailAwaitKeepsNothing(t *testing.T) {
	for name, spawn := range map[string]func(r *rt.Runtime, ch *rtsync.Chan[int], b *[4096]byte) *rt.JoinHandle[int]{
		"task": func(r *rt.Runtime, ch *rtsync.Chan[int], b *[4096]byte) *rt.JoinHandle[int] {
			return rt.Spawn(passesOnAsync(ch, b), rt.On(r))
		},
		"arm": func(r *rt.Runtime, ch *rtsync.Chan[int], b *[4096]byte) *rt.JoinHandle[int] {
			return rt.Spawn(armAsync(ch, b), rt.On(r))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRuntime(t, rt.Workers(1))
			ch := rtsync.NewChan[int](1)
			h, kept := func() (*rt.JoinHandle[int], weak.Pointer[[4096]byte]) {
				b := new([4096]byte)
				return spawn(r, ch, b), weak.Make(b)
			}()
			waiting(t, r, 1)
			for i := 0; kept.Value() != nil; i++ {
				if i == 20 {
					t.Error("its argument is kept")
					break
				}
				runtime.GC()
			}
			if err := ch.Send(3); err != nil {
				t.Fatal(err)
			}
			if v, err := rt.Await(h); v != 11 || err != nil {
				t.Error(v, err)
			}
		})
	}
}
