package main

import (
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

//async:func
func answer(d time.Duration) (int, error) {
	rt.Sleep(d)
	return 42, nil
}

// deadline waits for an answer in time, and for one that takes too long.
//
//async:func
func deadline() error {
	v, err := rt.Timeout(time.Hour, answerAsync(10*time.Millisecond))
	if err != nil {
		return err
	}
	say("the quick answer: %d", v)

	_, err = rt.Timeout(50*time.Millisecond, answerAsync(time.Hour))
	if !errors.Is(err, rt.ErrTimeout) {
		return err
	}
	say("the slow answer: %v", err)
	return nil
}
