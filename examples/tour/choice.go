package main

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// ask asks a server, and hangs up whatever happens: an answer, an error, a cancel.
//
//async:func
func ask(server string, d time.Duration) (string, error) {
	defer say("%s: hanging up", server)
	rt.Sleep(d)
	return "answer of " + server, nil
}

// choice asks two servers. When the first has answered, the other is cancelled: its deferred call
// has run when Select2 returns.
//
//async:func
func choice() error {
	c := rt.Select2(askAsync("near", 20*time.Millisecond), askAsync("far", time.Hour))
	switch c.Index {
	case 0:
		v, err := c.A.Get()
		say("%s; far: %v", v, c.B.Err)
		return err
	default:
		v, err := c.B.Get()
		say("%s; near: %v", v, c.A.Err)
		return err
	}
}
