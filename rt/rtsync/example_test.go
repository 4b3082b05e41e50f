package rtsync_test

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt/rtsync"
)

func ExampleWatch_Until() {
	state := rtsync.NewWatch("starting")
	go func() {
		state.Set("loading")
		state.Set("ready")
	}()
	v, err := state.Until(func(s string) bool { return s == "ready" })
	fmt.Println(v, err)
	// Output: ready <nil>
}
