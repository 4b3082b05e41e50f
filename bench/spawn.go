package bench

import (
	"sync"

	"github.com/asyncgen/asyncgen/rt"
)

// spawnAll starts n tasks and then awaits all of them.
//
//async:func
func spawnAll(n int) (int, error) {
	handles := make([]*rt.JoinHandle[int], n)
	for i := range handles {
		handles[i] = rt.Spawn(incAsync(i))
	}
	sum := 0
	for _, h := range handles {
		v, err := rt.Await(h)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainSpawnAll is spawnAll with goroutines.
func plainSpawnAll(n int) (int, error) {
	results := make([]int, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { results[i], errs[i] = plainInc(i) })
	}
	wg.Wait()
	sum := 0
	for i, v := range results {
		if errs[i] != nil {
			return 0, errs[i]
		}
		sum += v
	}
	return sum, nil
}

// spawnEach starts n tasks, one after the other.
//
//async:func
func spawnEach(n int) (int, error) {
	sum := 0
	for i := range n {
		v, err := rt.Await(rt.Spawn(incAsync(i)))
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainSpawnEach is spawnEach with goroutines.
func plainSpawnEach(n int) (int, error) {
	done := make(chan rt.Result[int])
	sum := 0
	for i := range n {
		go func() {
			v, err := plainInc(i)
			done <- rt.Result[int]{Value: v, Err: err}
		}()
		v, err := (<-done).Get()
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// yieldAll has tasks that all yield n times.
//
//async:func
func yieldAll(tasks, n int) (int, error) {
	handles := make([]*rt.JoinHandle[int], tasks)
	for i := range handles {
		handles[i] = rt.Spawn(yieldBelowAsync(1, n))
	}
	sum := 0
	for _, h := range handles {
		v, err := rt.Await(h)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainYieldAll is yieldAll with goroutines.
func plainYieldAll(tasks, n int) (int, error) {
	results := make([]int, tasks)
	errs := make([]error, tasks)
	var wg sync.WaitGroup
	for i := range tasks {
		wg.Go(func() { results[i], errs[i] = plainYieldBelow(1, n) })
	}
	wg.Wait()
	sum := 0
	for i, v := range results {
		if errs[i] != nil {
			return 0, errs[i]
		}
		sum += v
	}
	return sum, nil
}
