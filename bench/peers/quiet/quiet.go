// Package quiet has a program collect its garbage when it is told so, and give the memory back: what it takes then is what it
// needs.
package quiet

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// OnSignal waits for SIGUSR1.
func OnSignal() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGUSR1)
	go func() {
		for range told {
			debug.FreeOSMemory()
		}
	}()
}
