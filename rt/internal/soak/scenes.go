package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

// scene is a small program with an invariant, which it checks: its error says what does not hold.
type scene func(rng *rand.Rand) rt.Future[rt.Unit]

var scenes = []struct {
	name string
	make scene
}{
	{"channel", channelSceneAsync},
	{"locks", lockSceneAsync},
	{"permits", permitSceneAsync},
	{"readers", readerSceneAsync},
	{"timers", timerSceneAsync},
	{"group", groupSceneAsync},
	{"tree", treeSceneAsync},
	{"native", nativeSceneAsync},
	{"blocking", blockingSceneAsync},
	{"oneshot", oneshotSceneAsync},
	{"broadcast", broadcastSceneAsync},
	{"stream", streamSceneAsync},
	{"left behind", leftBehindSceneAsync},
}

func pick(rng *rand.Rand) (string, scene) {
	s := scenes[rng.IntN(len(scenes))]
	return s.name, s.make
}

// fork is a generator for a task of its own.
func fork(rng *rand.Rand) *rand.Rand { return rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64())) }

// cut does f as it is, or so that it may be cut off at any moment, in any way. done says that it was not.
//
//async:func
func cut[T any](rng *rand.Rand, f rt.Future[T]) (v T, done bool) {
	var err error
	switch rng.IntN(6) {
	case 0:
		h := rt.Spawn(f)
		for range rng.IntN(3) {
			rt.Yield()
		}
		h.Abort()
		v, err = rt.Await(h)
	case 1:
		v, err = rt.Timeout(time.Duration(rng.IntN(300))*time.Microsecond, f)
	case 2:
		c := rt.Select2(f, rt.YieldAsync())
		v, err = c.A.Get()
	case 3:
		c := rt.Select2Biased(rt.SleepAsync(time.Duration(rng.IntN(200))*time.Microsecond), f)
		v, err = c.B.Get()
	default:
		v, err = rt.Await(f)
	}
	return v, err == nil
}

// somehow passes some time.
//
//async:func
func somehow(rng *rand.Rand) {
	switch rng.IntN(8) {
	case 0:
		rt.Sleep(time.Duration(rng.IntN(200)) * time.Microsecond)
	case 1:
		runtime.Gosched()
	case 2, 3, 4:
		rt.Yield()
	}
}

// channelScene: what is sent is received, once, in the order of each sender.
//
//async:func
func channelScene(rng *rand.Rand) error {
	ch := rtsync.NewChan[[2]int](rng.IntN(4))
	senders, each := 1+rng.IntN(4), rng.IntN(50)
	sent := make([]int, senders)
	var sending, all rt.Group
	for i := range senders {
		rng := fork(rng)
		rt.SpawnIn(&sending, sendAllAsync(rng, ch, i, each, &sent[i]))
	}
	got := make([][]int, senders)
	receivers := 1 + rng.IntN(3)
	parts := make([][][2]int, receivers)
	for i := range receivers {
		rng := fork(rng)
		rt.SpawnIn(&all, receiveAllAsync(rng, ch, &parts[i]))
	}
	if err := sending.Wait(); err != nil {
		return err
	}
	ch.Close()
	if err := all.Wait(); err != nil {
		return err
	}
	for _, part := range parts {
		last := make([]int, senders)
		for _, v := range part {
			got[v[0]] = append(got[v[0]], v[1])
			if v[1] <= last[v[0]] {
				return fmt.Errorf("one receiver has got %d of sender %d after %d", v[1], v[0], last[v[0]])
			}
			last[v[0]] = v[1]
		}
	}
	for i := range sent {
		if len(got[i]) != sent[i] {
			return fmt.Errorf("sender %d has sent %d, and %d are received", i, sent[i], len(got[i]))
		}
	}
	return nil
}

//async:func
func sendAll(rng *rand.Rand, ch *rtsync.Chan[[2]int], who, n int, sent *int) error {
	for i := range n {
		if _, ok := cut(rng, ch.SendAsync([2]int{who, i + 1})); ok {
			*sent++
		}
		somehow(rng)
	}
	return nil
}

//async:func
func receiveAll(rng *rand.Rand, ch *rtsync.Chan[[2]int], got *[][2]int) error {
	for {
		v, ok := cut(rng, ch.RecvAsync())
		if ok {
			*got = append(*got, v)
			continue
		}
		v, err := ch.Recv()
		if err == rtsync.ErrClosed {
			return nil
		}
		*got = append(*got, v)
	}
}

// lockScene: one task at a time has the lock, and in the end nobody.
//
//async:func
func lockScene(rng *rand.Rand) error {
	var (
		mu rtsync.Mutex
		in atomic.Int32
		g  rt.Group
	)
	for range 2 + rng.IntN(6) {
		rng := fork(rng)
		rt.SpawnIn(&g, lockSomeAsync(rng, &mu, &in))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if !mu.TryLock() {
		return errors.New("the lock was not given back")
	}
	return nil
}

//async:func
func lockSome(rng *rand.Rand, mu *rtsync.Mutex, in *atomic.Int32) error {
	for range rng.IntN(40) {
		if _, ok := cut(rng, mu.LockAsync()); !ok {
			continue
		}
		if in.Add(1) != 1 {
			return errors.New("two have the lock")
		}
		somehow(rng)
		in.Add(-1)
		mu.Unlock()
	}
	return nil
}

// permitScene: never are more permits out than there are, and in the end all are back.
//
//async:func
func permitScene(rng *rand.Rand) error {
	var (
		n   = int64(1 + rng.IntN(5))
		sem = rtsync.NewSemaphore(n)
		out atomic.Int64
		g   rt.Group
	)
	for range 2 + rng.IntN(6) {
		rng := fork(rng)
		rt.SpawnIn(&g, permitSomeAsync(rng, sem, n, &out))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if got := sem.Available(); got != n {
		return fmt.Errorf("%d permits of %d are back", got, n)
	}
	return nil
}

//async:func
func permitSome(rng *rand.Rand, sem *rtsync.Semaphore, n int64, out *atomic.Int64) error {
	for range rng.IntN(40) {
		want := 1 + rng.Int64N(n)
		if _, ok := cut(rng, sem.AcquireAsync(want)); !ok {
			continue
		}
		if now := out.Add(want); now > n {
			return fmt.Errorf("%d permits of %d are out", now, n)
		}
		somehow(rng)
		out.Add(-want)
		sem.Release(want)
	}
	return nil
}

// readerScene: who writes is alone.
//
//async:func
func readerScene(rng *rand.Rand) error {
	var (
		mu rtsync.RWMutex
		in atomic.Int32 // readers, and 1000 for a writer
		g  rt.Group
	)
	for range 2 + rng.IntN(6) {
		rng := fork(rng)
		rt.SpawnIn(&g, readSomeAsync(rng, &mu, &in))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if !mu.TryLock() {
		return errors.New("a lock was not given back")
	}
	return nil
}

//async:func
func readSome(rng *rand.Rand, mu *rtsync.RWMutex, in *atomic.Int32) error {
	for range rng.IntN(40) {
		if rng.IntN(3) > 0 {
			if _, ok := cut(rng, mu.RLockAsync()); ok {
				if in.Add(1) >= 1000 {
					return errors.New("one reads beside a writer")
				}
				somehow(rng)
				in.Add(-1)
				mu.RUnlock()
			}
			continue
		}
		if _, ok := cut(rng, mu.LockAsync()); ok {
			if in.Add(1000) != 1000 {
				return errors.New("a writer is not alone")
			}
			somehow(rng)
			in.Add(-1000)
			mu.Unlock()
		}
	}
	return nil
}

// timerScene: no timer fires early.
//
//async:func
func timerScene(rng *rand.Rand) error {
	var g rt.Group
	for range rng.IntN(50) {
		d := time.Duration(rng.IntN(3000)) * time.Microsecond
		rng := fork(rng)
		g.Go(func() error {
			start := time.Now()
			if _, ok := cut(rng, rt.SleepAsync(d)); ok && time.Since(start) < d {
				return fmt.Errorf("a sleep of %v was over after %v", d, time.Since(start))
			}
			return nil
		})
	}
	return g.Wait()
}
