//go:build unix

package bench

import (
	"syscall"
	"time"
)

// processorTime is what this process has used, in user and system mode; false where it is not known.
func processorTime() (time.Duration, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
