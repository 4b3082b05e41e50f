//go:build (!linux && !(rtnet_kqueue && (darwin || dragonfly || freebsd || netbsd || openbsd))) || rtnet_plain

package rtnet

import (
	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/machine"
)

// copyConn is Copy from one connection to another.
func copyConn(dst, src *Conn) (int64, error) { return copyAny(dst, src) }

func copyConnAsync(dst, src *Conn) rt.Future[int64] { return copyAnyAsync(dst, src) }

// copyConnRun is copyConn for generated code, which passes a nil frame.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func copyConnRun(cx *rt.Context, _ *copyAnyFrame, dst, src *Conn) (int64, error, machine.Machine) {
	return copyAnyRun(cx, nil, dst, src)
}
