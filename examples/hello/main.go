// Command hello fetches pages: one after the other, all at once, and a hundred thousand times.
package main

//go:generate go tool asyncgen

import (
	"errors"
	"fmt"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// fetch takes half a second and gives the size of a page.
//
//async:func
func fetch(page string) (int, error) {
	rt.Sleep(500 * time.Millisecond)
	if page == "" {
		return 0, errors.New("no such page")
	}
	return len(page), nil
}

// total fetches pages one after the other. The call of fetch is an await.
//
//async:func
func total(pages ...string) (int, error) {
	sum := 0
	for i, page := range pages {
		size, err := fetch(page)
		if err != nil {
			return 0, fmt.Errorf("page %d: %w", i, err)
		}
		sum += size
	}
	return sum, nil
}

func main() {
	start := time.Now()

	// The blocking form is the function itself.
	sum, err := total("one", "two", "three")
	fmt.Println("one by one: ", sum, err, since(start))

	// The async form is a lazy future. Futures run together, in one task or on one goroutine.
	sizes, err := rt.JoinAll(fetchAsync("one"), fetchAsync("two"), fetchAsync("three"))
	fmt.Println("all at once:", sizes, err, since(start))

	// Tasks are cheap, and run on all processors.
	tasks := make([]*rt.JoinHandle[int], 100_000)
	for i := range tasks {
		tasks[i] = rt.Spawn(fetchAsync("one"))
	}
	sizes, err = rt.JoinAll(rt.Futures(tasks...)...)
	fmt.Println("many tasks: ", len(sizes), err, since(start))

	// What nobody waits for any more is cancelled, as by runtime.Goexit: deferred calls run.
	_, err = rt.Timeout(100*time.Millisecond, totalAsync("one", "two", "three"))
	fmt.Println("in a hurry: ", err, since(start))
}

// since is the time since start, in half seconds.
func since(start time.Time) string {
	return "after " + time.Since(start).Truncate(500*time.Millisecond).String()
}
