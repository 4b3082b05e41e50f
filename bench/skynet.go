package bench

import "github.com/asyncgen/asyncgen/rt"

// skynetTasks is how many tasks at the bottom a tree with at most n has: each task starts ten.
func skynetTasks(n int) int {
	size := 1
	for size*10 <= n {
		size *= 10
	}
	return size
}

// skynet starts ten tasks, which do the same, until there are size at the bottom. It adds up their numbers, from num on.
//
//async:func
func skynet(num, size int) (int, error) {
	if size == 1 {
		return num, nil
	}
	var handles [10]*rt.JoinHandle[int]
	for i := range handles {
		handles[i] = rt.Spawn(skynetAsync(num+i*size/10, size/10))
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

// plainSkynet is skynet with goroutines.
func plainSkynet(num, size int) (int, error) {
	if size == 1 {
		return num, nil
	}
	results := make(chan int)
	for i := range 10 {
		go func() {
			v, _ := plainSkynet(num+i*size/10, size/10)
			results <- v
		}()
	}
	sum := 0
	for range 10 {
		sum += <-results
	}
	return sum, nil
}
