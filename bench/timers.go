package bench

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// sleeper sleeps, and says that it has.
//
//async:func
func sleeper(d time.Duration, wg *sync.WaitGroup) {
	rt.Sleep(d)
	wg.Done()
}

// sleepAll has n tasks that sleep for random times of up to a second.
func sleepAll(n int) (int, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var wg sync.WaitGroup
	wg.Add(n)
	for range n {
		rt.Go(sleeperAsync(time.Duration(random.Int64N(int64(time.Second))), &wg))
	}
	wg.Wait()
	return n, nil
}

// plainSleepAll is sleepAll with goroutines.
func plainSleepAll(n int) (int, error) {
	random := rand.New(rand.NewPCG(1, 2))
	var wg sync.WaitGroup
	for range n {
		d := time.Duration(random.Int64N(int64(time.Second)))
		wg.Go(func() { time.Sleep(d) })
	}
	wg.Wait()
	return n, nil
}
