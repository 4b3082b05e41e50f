package main

import "github.com/asyncgen/asyncgen/rt"

//async:func
func countdown(from int) string {
	for i := from; i > 0; i-- {
		say("%d", i)
		rt.Yield()
	}
	return "lift-off"
}

// executor runs an async function without the runtime: it polls the future whenever its waker says so.
func executor() error {
	woken := make(chan struct{}, 1)
	waker := rt.NewWaker(func() {
		select {
		case woken <- struct{}{}:
		default: // there is a wake already that we have not seen
		}
	})
	f := countdownAsync(3)
	for {
		v, ready, err := f.Poll(rt.NewContext(waker))
		if ready {
			say("ready: %s", v)
			return err
		}
		say("pending")
		<-woken
	}
}
