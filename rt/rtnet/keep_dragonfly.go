//go:build rtnet_kqueue && dragonfly && !rtnet_plain

package rtnet

import "golang.org/x/sys/unix"

// keepOptions are those for the times of keep-alive: before the first probe, between them, and how many. The times are in units
// of which a second has keepUnit.
var keepOptions = []int{unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL, unix.TCP_KEEPCNT}

const keepUnit = 1000
