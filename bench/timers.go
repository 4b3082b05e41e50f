package bench

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// asleep counts those who sleep. It is no parameter, so that a task has nothing to keep while it sleeps.
var asleep sync.WaitGroup

// sleeper sleeps, and says that it has.
//
//async:func
func sleeper(d time.Duration) {
	rt.Sleep(d)
	asleep.Done()
}

// plainSleeper is sleeper for a goroutine.
func plainSleeper(d time.Duration) {
	time.Sleep(d)
	asleep.Done()
}

// sleepAll has n tasks that sleep for random times of up to a second.
func sleepAll(n int) (int, error) {
	random := rand.New(rand.NewPCG(1, 2))
	asleep.Add(n)
	for range n {
		rt.Go(sleeperAsync(time.Duration(random.Int64N(int64(time.Second)))))
	}
	asleep.Wait()
	return n, nil
}

// plainSleepAll is sleepAll with goroutines.
func plainSleepAll(n int) (int, error) {
	random := rand.New(rand.NewPCG(1, 2))
	asleep.Add(n)
	for range n {
		go plainSleeper(time.Duration(random.Int64N(int64(time.Second))))
	}
	asleep.Wait()
	return n, nil
}
