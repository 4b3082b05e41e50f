package rt_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// size is a future by hand; asyncgen makes one of a marked function.
func size(page string) rt.Future[int] {
	return rt.AsyncValue(func() (int, error) {
		rt.Yield()
		if page == "" {
			return 0, errors.New("no such page")
		}
		return len(page), nil
	})
}

// A task runs on the workers of a runtime. Its handle is the future of its result.
func ExampleSpawn() {
	h := rt.Spawn(size("three"))
	n, err := rt.Await(h)
	fmt.Println(n, err)
	// Output: 5 <nil>
}

// The first error ends a JoinAll, and cancels the others.
func ExampleJoinAll() {
	fmt.Println(rt.JoinAll(size("one"), size("three")))
	_, err := rt.JoinAll(size("one"), size(""))
	fmt.Println(err)
	// Output:
	// [3 5] <nil>
	// no such page
}

// The first that is ready is chosen, and the other one is cancelled.
func ExampleSelect2() {
	c := rt.Select2(size("one"), rt.SleepAsync(time.Hour))
	switch c.Index {
	case 0:
		fmt.Println("it has", c.A.Value)
	case 1:
		fmt.Println("an hour later")
	}
	// Output: it has 3
}

// Whoever stops waiting cancels what they waited for: its deferred calls have run when Timeout comes back.
func ExampleTimeout() {
	_, err := rt.Timeout(time.Millisecond, rt.AsyncFunc(func() error {
		defer fmt.Println("cleaned up")
		rt.Sleep(time.Hour)
		return nil
	}))
	fmt.Println(err == rt.ErrTimeout)
	// Output:
	// cleaned up
	// true
}

// No task outlives its Scope.
func ExampleScope() {
	var sum atomic.Int64
	err := rt.Scope(func(g *rt.Group) error {
		for _, page := range []string{"one", "two", "three"} {
			g.Spawn(rt.AsyncFunc(func() error {
				n, err := rt.Await(size(page))
				sum.Add(int64(n))
				return err
			}))
		}
		return nil
	})
	fmt.Println(sum.Load(), err)
	// Output: 11 <nil>
}

// The tasks of a Set do not depend on each other: each has a result of its own, an error and a panic among them, and they
// come as the tasks end.
func ExampleSet() {
	var s rt.Set[int]
	defer s.Stop()
	for _, page := range []string{"one", "", "three"} {
		s.Spawn(size(page))
	}
	s.Spawn(rt.AsyncValue(func() (int, error) { panic("at the disco") }))
	var all []string
	for r, ok := s.Next(); ok; r, ok = s.Next() {
		var p *rt.PanicError
		switch n, err := r.Get(); {
		case errors.As(err, &p):
			all = append(all, fmt.Sprint("panic ", p.Value))
		case err != nil:
			all = append(all, err.Error())
		default:
			all = append(all, fmt.Sprint("size ", n))
		}
	}
	slices.Sort(all)
	fmt.Printf("%q\n", all)
	// Output: ["no such page" "panic at the disco" "size 3" "size 5"]
}

// A task that fails is started again, and the others go on: a supervisor.
func ExampleSet_Spawn() {
	var s rt.Set[string]
	defer s.Stop()
	tries := 0
	worker := func() rt.Future[string] {
		tries++
		try := tries
		return rt.AsyncValue(func() (string, error) {
			if try < 3 {
				return "", fmt.Errorf("try %d has failed", try)
			}
			return "done", nil
		})
	}
	s.Spawn(worker())
	for {
		r, _ := s.Next()
		fmt.Println(r.Get())
		if r.Err == nil {
			return
		}
		s.Spawn(worker())
	}
	// Output:
	//  try 1 has failed
	//  try 2 has failed
	// done <nil>
}

// countdown is a future by hand: Poll reports whether it is ready, and if not, has somebody wake the waker later.
type countdown struct{ n int }

// Poll implements [rt.Future].
func (c *countdown) Poll(cx *rt.Context) (string, bool, error) {
	if c.n == 0 {
		return rt.Done("lift-off")
	}
	fmt.Println(c.n)
	c.n--
	cx.Waker().Wake() // here at once; usually a timer or a peer does that
	return rt.Pending[string]()
}

// A future by hand implements Poll.
func ExampleFuture() {
	fmt.Println(rt.BlockOn[string](&countdown{2}))
	// Output:
	// 2
	// 1
	// lift-off <nil>
}

// A stream gives values one after the other; Each ranges over it.
func ExampleEach() {
	left := []string{"one", "three"}
	pages := rt.StreamFunc(func(*rt.Context) (string, bool, error) {
		if len(left) == 0 {
			return "", true, io.EOF
		}
		page := left[0]
		left = left[1:]
		return page, true, nil
	})
	for page, err := range rt.Each(pages) {
		fmt.Println(page, err)
	}
	// Output:
	// one <nil>
	// three <nil>
}
