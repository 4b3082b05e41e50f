package bench

import (
	"errors"

	"time"

	"github.com/asyncgen/asyncgen/rt"
)

const minute = time.Minute

var errPanic = errors.New("panic")

// recovered waits, panics and recovers.
//
//async:func
func recovered() (v int, err error) {
	defer func() {
		if recover() != nil {
			v = 1
		}
	}()
	rt.Yield()
	panic(errPanic)
}

// panics calls recovered n times.
//
//async:func
func panics(n int) (int, error) {
	sum := 0
	for range n {
		v, err := recovered()
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// plainRecovered is recovered for a goroutine.
func plainRecovered() (v int, err error) {
	defer func() {
		if recover() != nil {
			v = 1
		}
	}()
	plainGosched()
	panic(errPanic)
}

// plainPanics is panics for a goroutine.
func plainPanics(n int) (int, error) {
	sum := 0
	for range n {
		v, err := plainRecovered()
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

// deepPanic panics below depth callers with a deferred call each, none of which has waited.
//
//async:func
func deepPanic(depth int, left *int) (int, error) {
	defer func() { *left++ }()
	if depth == 0 {
		if *left < 0 {
			rt.Yield()
		}
		panic(errPanic)
	}
	return deepPanic(depth-1, left)
}

// caughtPanic recovers the panic of deepPanic.
//
//async:func
func caughtPanic(depth int, left *int) (err error) {
	defer func() {
		if recover() == nil {
			err = errPanic
		}
	}()
	_, err = deepPanic(depth, left)
	return err
}

// deepPanics calls it n times.
//
//async:func
func deepPanics(depth, n int) (int, error) {
	left := 0
	for range n {
		if err := caughtPanic(depth, &left); err != nil {
			return 0, err
		}
	}
	return left, nil
}

// plainDeepPanic is deepPanic for a goroutine.
func plainDeepPanic(depth int, left *int) (int, error) {
	defer func() { *left++ }()
	if depth == 0 {
		if *left < 0 {
			plainGosched()
		}
		panic(errPanic)
	}
	return plainDeepPanic(depth-1, left)
}

// plainCaughtPanic is caughtPanic for a goroutine.
func plainCaughtPanic(depth int, left *int) (err error) {
	defer func() {
		if recover() == nil {
			err = errPanic
		}
	}()
	_, err = plainDeepPanic(depth, left)
	return err
}

// plainDeepPanics is deepPanics for a goroutine.
func plainDeepPanics(depth, n int) (int, error) {
	left := 0
	for range n {
		if err := plainCaughtPanic(depth, &left); err != nil {
			return 0, err
		}
	}
	return left, nil
}
