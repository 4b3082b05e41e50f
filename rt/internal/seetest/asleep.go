package seetest

import (
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// keeper is a future that is ready at its second poll. It keeps the waker of the first.
type keeper struct {
	mu    sync.Mutex
	waker rt.Waker
	polls int
}

func (k *keeper) Poll(cx *rt.Context) (rt.Unit, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.polls++; k.polls == 1 {
		k.waker = cx.Waker()
		k.waker.Wake()
		return rt.Unit{}, false, nil
	}
	return rt.Done(rt.Unit{})
}

// wake wakes who has waited for it, which waits for something else by now.
func (k *keeper) wake() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waker.Wake()
}

// dozes leaves its waker with k, and sleeps for d.
//
//async:func
func dozes(k *keeper, d time.Duration, log func(string)) error {
	defer log("left")
	if _, err := rt.Await[rt.Unit](k); err != nil {
		return err
	}
	naps(d)
	log("woke")
	naps(d)
	log("woke again")
	return nil
}

// naps sleeps for d, as its last call.
//
//async:func
func naps(d time.Duration) { rt.Sleep(d) }

// tidies sleeps for a second when it leaves.
//
//async:func
func tidies(d time.Duration, log func(string)) {
	defer func() {
		rt.Sleep(time.Second)
		log("tidied")
	}()
	rt.Sleep(d)
	log("woke")
}

// early sleeps for d, and says by how much that was too short.
//
//async:func
func early(k *keeper, d time.Duration) (time.Duration, error) {
	if _, err := rt.Await[rt.Unit](k); err != nil {
		return 0, err
	}
	begin := time.Now()
	rt.Sleep(d)
	return d - time.Since(begin), nil
}
