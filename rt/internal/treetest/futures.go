package treetest

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

const forEver = 1000 * time.Hour

// futures are the kids of n as futures: in the blocking form blocks of ordinary code.
func futures(r *run, n *node) (fs []rt.Future[rt.Unit]) {
	for _, k := range n.kids {
		fs = append(fs, future(r, k))
	}
	return fs
}

func future(r *run, n *node) rt.Future[rt.Unit] {
	if r.plain {
		return rt.AsyncFunc(func() error { call(r, n); return nil })
	}
	return callAsync(r, n)
}

func inOrderFuture(r *run, n *node) rt.Future[rt.Unit] {
	if r.plain {
		return rt.AsyncFunc(func() error { inOrder(r, n); return nil })
	}
	return inOrderAsync(r, n)
}
