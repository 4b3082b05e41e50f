package main

import (
	"context"
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// worker would work for ever.
//
//async:func
func worker(started chan<- bool) {
	defer say("worker: cleaning up")
	say("worker: working")
	close(started)
	for {
		rt.Sleep(time.Hour)
	}
}

// abort spawns a task and aborts it. Awaiting the handle waits for its cleanup.
//
//async:func
func abort() error {
	started := make(chan bool)
	h := rt.Spawn(workerAsync(started))

	// Receiving would block the worker thread that runs this task, so we have it done elsewhere.
	_, err := rt.Blocking(context.Background(), func(ctx context.Context) (bool, error) {
		select {
		case ok := <-started:
			return ok, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	})
	if err != nil {
		return err
	}

	h.Abort()
	_, err = rt.Await(h)
	say("main: %v", err)
	if !errors.Is(err, rt.ErrAborted) {
		return errors.New("the worker was not aborted")
	}
	return nil
}
