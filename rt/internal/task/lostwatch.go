package task

import (
	"log"
	"runtime"
	"runtime/debug"
	"time"
)

// lostWatch looks for lost tasks after garbage collections, but not after each: looking is one by itself.
type lostWatch struct {
	rt   *Runtime
	tell func(*TaskInfo)
	rest time.Time // no look before
}

const (
	// lookLostEvery is how long it takes at least from a look to the next.
	lookLostEvery = 10 * time.Second
	// lookLostShare is how many times as long as the look itself.
	lookLostShare = 100
)

// watchForLost has f called for each task of r that is lost.
func (r *Runtime) watchForLost(f func(*TaskInfo)) {
	if err := FindsLost(); err != nil {
		log.Print(err)
		return
	}
	(&lostWatch{rt: r, tell: f}).await()
}

// garbage is what the collector finds. It has a pointer: small objects without are collected together, and late.
type garbage struct{ _ *garbage }

// await has w called after the next garbage collection.
func (w *lostWatch) await() {
	runtime.AddCleanup(new(garbage), (*lostWatch).collected, w)
}

// collected is called on the goroutine of all cleanups, which it must not hold up.
func (w *lostWatch) collected() {
	switch {
	case w.rt.Refuses.Load():
	case time.Now().Before(w.rest) || !w.rt.started(w.look):
		w.await()
	}
}

// started runs f on a goroutine that Shutdown waits for, if r runs.
func (r *Runtime) started(f func()) bool {
	r.Mu.Lock()
	defer r.Mu.Unlock()
	if !r.Begun.Load() || r.stop.Load() {
		return false
	}
	r.running.Add(1)
	go func() {
		defer r.running.Done()
		f()
	}()
	return true
}

func (w *lostWatch) look() {
	began := time.Now()
	lost, err := w.rt.FindLost()
	took := time.Since(began)
	w.rest = time.Now().Add(max(lookLostEvery, lookLostShare*took)) // pairs with collected, by AddCleanup
	if err != nil {
		log.Print(err)
		return
	}
	for _, t := range lost {
		w.told(t)
	}
	w.await()
}

// told calls the function of the user. A panic of it goes no further.
func (w *lostWatch) told(t *TaskInfo) {
	defer func() {
		if p := recover(); p != nil {
			log.Printf("rt: panic in a function for LostTasks: %v\n\n%s", p, debug.Stack())
		}
	}()
	w.tell(t)
}
