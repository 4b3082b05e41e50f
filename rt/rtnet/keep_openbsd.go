//go:build rtnet_kqueue && openbsd && !rtnet_plain

package rtnet

// keepOptions are those for the times of keep-alive: before the first probe, between them, and how many. The times are in units
// of which a second has keepUnit. Here they are those of the system.
var keepOptions = []int{}

const keepUnit = 1
