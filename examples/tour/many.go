package main

import (
	"runtime"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

//async:func
func nap(n int) int {
	rt.Sleep(time.Second)
	return n
}

// many has ten thousand tasks sleep at once, on a few goroutines.
//
//async:func
func many() error {
	start := rt.Now()
	handles := make([]*rt.JoinHandle[int], 10_000)
	for i := range handles {
		handles[i] = rt.Spawn(napAsync(i))
	}
	say("%d tasks, fewer than 100 goroutines: %t", len(handles), runtime.NumGoroutine() < 100)
	sum := 0
	for _, h := range handles {
		n, err := rt.Await(h)
		if err != nil {
			return err
		}
		sum += n
	}
	say("sum %d: %s", sum, since(start))
	return nil
}
