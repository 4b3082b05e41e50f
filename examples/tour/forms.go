package main

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// double is written once.
//
//async:func
func double(n int) int {
	rt.Sleep(10 * time.Millisecond)
	return 2 * n
}

// quadruple calls double; in its async form it awaits it.
//
//async:func
func quadruple(n int) int { return double(double(n)) }

// forms is ordinary Go, and so is the goroutine that it starts: there, calls wait like any others.
// A task waits without holding a goroutine.
func forms() error {
	result := make(chan int)
	go func() { result <- quadruple(10) }()
	say("a goroutine: %d", <-result)

	v, err := rt.Await(rt.Spawn(quadrupleAsync(10)))
	say("a task: %d", v)
	return err
}
