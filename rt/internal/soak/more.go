package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/rtsync"
)

var errPlanned = errors.New("planned")

// groupScene: a group ends when all members and their cleanup have, and says what has ended it.
//
//async:func
func groupScene(rng *rand.Rand) error {
	var began, ended atomic.Int64
	fails := rng.IntN(2) == 0
	n := 1 + rng.IntN(20)
	culprit := rng.IntN(n)
	err := rt.Scope(func(g *rt.Group) error {
		for i := range n {
			rng := fork(rng)
			g.Go(func() error {
				began.Add(1)
				defer ended.Add(1)
				defer rt.Yield()
				for range rng.IntN(5) {
					somehow(rng)
				}
				if fails && i == culprit {
					return errPlanned
				}
				return nil
			})
		}
		return nil
	})
	switch {
	case began.Load() != ended.Load():
		return fmt.Errorf("%d members have begun, and %d have ended", began.Load(), ended.Load())
	case fails && err != errPlanned, !fails && (err != nil || began.Load() != int64(n)):
		return fmt.Errorf("%d of %d members, error %w", began.Load(), n, err)
	}
	return nil
}

// treeScene: a tree of tasks, some of which panic or call Goexit, gives what is left.
//
//async:func
func treeScene(rng *rand.Rand) error {
	var leaves atomic.Int64
	n, err := tree(fork(rng), 3+rng.IntN(3), &leaves)
	if err != nil {
		return err
	}
	if n != leaves.Load() {
		return fmt.Errorf("%d leaves are counted, and %d have ended", n, leaves.Load())
	}
	return nil
}

//async:func
func tree(rng *rand.Rand, depth int, leaves *atomic.Int64) (int64, error) {
	if depth == 0 {
		somehow(rng)
		switch rng.IntN(20) {
		case 0:
			panic(errPlanned)
		case 1:
			runtime.Goexit()
		}
		leaves.Add(1)
		return 1, nil
	}
	var hs []*rt.JoinHandle[int64]
	for range 1 + rng.IntN(4) {
		hs = append(hs, rt.Spawn(treeAsync(fork(rng), depth-1, leaves)))
	}
	var sum int64
	for _, h := range hs {
		n, err := rt.Await(h)
		switch {
		case errors.Is(err, errPlanned), err == rt.ErrGoexit:
		case err != nil:
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// nativeScene: tasks and goroutines pass values over native channels.
//
//async:func
func nativeScene(rng *rand.Rand) error {
	ch, back := make(chan int, rng.IntN(3)), make(chan int)
	n := rng.IntN(30)
	go func() {
		sum := 0
		for v := range ch {
			sum += v
		}
		back <- sum
	}()
	want := 0
	for i := range n {
		rt.Send(ch, i)
		want += i
	}
	close(ch)
	got, ok := rt.Recv(back)
	if !ok || got != want {
		return fmt.Errorf("%d, %v; want %d", got, ok, want)
	}
	return nil
}

// blockingScene: what runs on the pool ends before who waits for it goes on, also if it is cut off. Ordinary code in a
// task may wait in rt.
//
//async:func
func blockingScene(rng *rand.Rand) error {
	var in atomic.Int64
	var g rt.Group
	for range rng.IntN(12) {
		rng := fork(rng)
		d := time.Duration(rng.IntN(300)) * time.Microsecond
		g.Go(func() error {
			cut(rng, rt.BlockingAsync(context.Background(), func(ctx context.Context) (int, error) {
				in.Add(1)
				defer in.Add(-1)
				select {
				case <-ctx.Done():
				case <-time.After(d):
				}
				return 0, nil
			}))
			ordinary(rng)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if n := in.Load(); n != 0 {
		return fmt.Errorf("%d functions run after the end of those who wait for them", n)
	}
	return nil
}

// ordinary is ordinary code that a task calls, and that waits.
func ordinary(rng *rand.Rand) {
	if rng.IntN(3) == 0 {
		_, _ = rt.BlockOn(rt.SpawnBlocking(func() (int, error) { return 1, nil }))
	}
	if rng.IntN(3) == 0 {
		rt.Sleep(100 * time.Microsecond)
	}
}

// oneshotScene: everybody gets the value, who is not cut off.
//
//async:func
func oneshotScene(rng *rand.Rand) error {
	var (
		o    rtsync.Oneshot[int]
		once rtsync.Once[int]
		runs atomic.Int64
		g    rt.Group
	)
	for range 1 + rng.IntN(10) {
		rng := fork(rng)
		g.Go(func() error {
			if v, ok := cut(rng, o.RecvAsync()); ok && v != 7 {
				return fmt.Errorf("%d, want 7", v)
			}
			v, err := once.Do(func() (int, error) {
				somehow(rng)
				if rng.IntN(2) == 0 {
					return 0, errPlanned
				}
				return int(runs.Add(1)), nil
			})
			if err != errPlanned && (err != nil || v != 1) {
				return fmt.Errorf("%d, %w; want 1", v, err)
			}
			return nil
		})
	}
	somehow(rng)
	if !o.Send(7) || o.Send(8) {
		return errors.New("the first Send counts, and no other")
	}
	return g.Wait()
}

// broadcastScene: each receiver gets all that it has not missed, in order.
//
//async:func
func broadcastScene(rng *rand.Rand) error {
	b := rtsync.NewBroadcast[int](1 + rng.IntN(8))
	w := rtsync.NewWatch(0)
	n := rng.IntN(60)
	var g rt.Group
	for range 1 + rng.IntN(4) {
		rng := fork(rng)
		rt.SpawnIn(&g, followAsync(rng, b.Subscribe(), n))
		rt.SpawnIn(&g, watchAsync(w.Subscribe()))
	}
	for i := range n {
		b.Send(i)
		w.Set(i + 1)
		somehow(rng)
	}
	b.Close()
	w.Close()
	return g.Wait()
}

//async:func
func follow(rng *rand.Rand, r *rtsync.Receiver[int], n int) error {
	next := 0
	for {
		v, err := r.Recv()
		var lagged *rtsync.LaggedError
		switch {
		case errors.As(err, &lagged):
			next += int(lagged.Missed)
		case err == rtsync.ErrClosed && next == n:
			return nil
		case err != nil || v != next:
			return fmt.Errorf("%d, %w; want %d of %d", v, err, next, n)
		default:
			next++
		}
		somehow(rng)
	}
}

//async:func
func watch(w *rtsync.Watcher[int]) error {
	for last := 0; ; {
		v, err := w.Changed()
		switch {
		case err == rtsync.ErrClosed:
			return nil
		case err != nil || v <= last:
			return fmt.Errorf("%d after %d, %w", v, last, err)
		}
		last = v
	}
}

// numbers is a stream.
//
//async:stream
func numbers(rng *rand.Rand, n int, open *atomic.Int64, yield func(int) bool) error {
	open.Add(1)
	defer open.Add(-1)
	for i := range n {
		somehow(rng)
		if !yield(i) {
			return nil
		}
	}
	return nil
}

// streamScene: streams give all values, and are ended with their loop.
//
//async:func
func streamScene(rng *rand.Rand) error {
	var open atomic.Int64
	n := rng.IntN(30)
	until := rng.IntN(40)
	s := rt.Merge(numbersStream(fork(rng), n, &open), numbersStream(fork(rng), n, &open))
	if rng.IntN(2) == 0 {
		s = rt.Buffer(1+rng.IntN(4), s)
	}
	got := 0
	for _, err := range rt.Each(s) {
		if err != nil {
			return err
		}
		if got++; got == until {
			break
		}
	}
	if want := 2 * n; got != want && got != until {
		return fmt.Errorf("%d values, want %d", got, want)
	}
	if left := open.Load(); left != 0 {
		return fmt.Errorf("%d streams are open after the loop", left)
	}
	return nil
}

// leftBehindScene leaves tasks to the shutdown, with cleanup that waits.
//
//async:func
func leftBehindScene(rng *rand.Rand) error {
	for range rng.IntN(10) {
		rng := fork(rng)
		rt.Go(rt.AsyncFunc(func() error {
			defer rt.Yield()
			defer somehow(rng)
			rt.Await(rt.Never[int]())
			return nil
		}))
	}
	return nil
}
