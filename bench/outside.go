package bench

import (
	"context"
	"sync"

	"github.com/asyncgen/asyncgen/rt"
)

// joinFromOutside spawns a task and waits for it, on a goroutine that runs no task.
func joinFromOutside(n int) (int, error) {
	sum := 0
	for i := range n {
		v, err := rt.BlockOn(rt.Spawn(incAsync(i)))
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainJoinFromOutside does it with a goroutine and a channel.
func plainJoinFromOutside(n int) (int, error) { return plainSpawnEach(n) }

// block does something that may take long.
//
//async:func
func block(x int) (int, error) {
	return rt.Blocking(context.Background(), func(context.Context) (int, error) { return plainInc(x) })
}

// blockEach has n functions run on other threads, one after the other.
//
//async:func
func blockEach(n int) (int, error) {
	sum := 0
	for i := range n {
		v, err := block(i)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// mapped are how many elements a Map is for.
const mapped = 8

// mapFromOutside maps eight numbers at a time with ordinary code that waits.
func mapFromOutside(n int) (int, error) {
	var in [mapped]int
	sum := 0
	for range n / mapped {
		for i := range in {
			in[i] = sum + i
		}
		out, err := rt.Map(mapped, in[:], func(x int) (int, error) {
			rt.Yield()
			return plainInc(x)
		})
		if err != nil {
			return 0, err
		}
		for _, v := range out {
			sum += v & 1
		}
	}
	return sum, nil
}

// plainMapFromOutside does it with a goroutine for each.
func plainMapFromOutside(n int) (int, error) {
	var in [mapped]int
	sum := 0
	for range n / mapped {
		for i := range in {
			in[i] = sum + i
		}
		out, errs := make([]int, mapped), make([]error, mapped)
		var wg sync.WaitGroup
		for i, x := range in {
			wg.Go(func() {
				plainGosched()
				out[i], errs[i] = plainInc(x)
			})
		}
		wg.Wait()
		for i, v := range out {
			if errs[i] != nil {
				return 0, errs[i]
			}
			sum += v & 1
		}
	}
	return sum, nil
}
