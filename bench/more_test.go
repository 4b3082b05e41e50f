package bench

import (
	"fmt"

	"github.com/asyncgen/asyncgen/rt"
)

// verbWorkloads are those of one task that waits for several things at once, or is told of a panic.
func verbWorkloads(n int) (list []workload) {
	list = []workload{
		{name: "timeout of what is ready", units: n,
			async: func() rt.Future[int] { return readyTimeoutsAsync(n) },
			plain: func() (int, error) { return plainReadyTimeouts(n) }},
		{name: "Join2 of two yields", units: n,
			async: func() rt.Future[int] { return joinsAsync(n) },
			plain: func() (int, error) { return plainJoins(n) }},
		{name: "Select2 of two yields", units: n,
			async: func() rt.Future[int] { return selectsAsync(n) },
			plain: func() (int, error) { return plainSelects(n) }},
		{name: "range over an iterator, a yield each", units: n,
			async: func() rt.Future[int] { return rangesAsync(n) },
			plain: func() (int, error) { return plainRanges(n) }},
		{name: "panic and recover after a yield", units: n,
			async: func() rt.Future[int] { return panicsAsync(n) },
			plain: func() (int, error) { return plainPanics(n) }},
	}
	for _, depth := range []int{10, 1000} {
		list = append(list, workload{name: fmt.Sprintf("panic through %d calls with defer", depth), units: max(1, n/depth/20),
			async: func() rt.Future[int] { return deepPanicsAsync(depth, max(1, n/depth/20)) },
			plain: func() (int, error) { return plainDeepPanics(depth, max(1, n/depth/20)) }})
	}
	return append(list,
		workload{name: "BlockOn of Spawn", units: n / 10,
			outside: func() (int, error) { return joinFromOutside(n / 10) },
			plain:   func() (int, error) { return plainJoinFromOutside(n / 10) }},
		workload{name: "Blocking", units: n / 10,
			async: func() rt.Future[int] { return blockEachAsync(n / 10) },
			plain: func() (int, error) { return plainSpawnEach(n / 10) }},
		workload{name: "Map over 8 from ordinary code", units: n / 10 / mapped,
			outside: func() (int, error) { return mapFromOutside(n / 10) },
			plain:   func() (int, error) { return plainMapFromOutside(n / 10) }})
}
