package task

import "sync/atomic"

// counters count what a worker does. As a turn may take less time than an atomic operation, only the goroutine of the
// worker touches them; they are added to the totals now and then, when the worker looks at its timers, and when it
// parks. So the figures of a runtime that has come to rest are exact.
type counters struct {
	turns     uint32
	yields    uint32 // turns that ended because the task wanted its next one
	budget    uint32 // of them, those for want of a budget
	selfWakes uint32 // turns that ended with the task woken already
	wakes     uint32 // that have put a task into a queue of the worker
	steals    uint32
	overflows uint32
}

// totals are what the workers of a home have counted. Others read them.
type totals struct {
	turns, yields, budget, selfWakes, wakes, steals, overflows, parks atomic.Uint64
}

// flush adds what w has counted to the totals.
func (w *worker) flush() {
	c, t := &w.count, &w.totals
	for _, f := range [...]struct {
		n  uint32
		to *atomic.Uint64
	}{
		{c.turns, &t.turns}, {c.yields, &t.yields}, {c.budget, &t.budget}, {c.selfWakes, &t.selfWakes},
		{c.wakes, &t.wakes}, {c.steals, &t.steals}, {c.overflows, &t.overflows},
	} {
		if f.n != 0 {
			f.to.Add(uint64(f.n))
		}
	}
	*c = counters{}
}

// addTo adds t to the figures of a runtime.
func (t *totals) addTo(m *figures) {
	m.Turns += t.turns.Load()
	m.Yields += t.yields.Load()
	m.BudgetYields += t.budget.Load()
	m.SelfWakes += t.selfWakes.Load()
	m.Wakes += t.wakes.Load()
	m.Steals += t.steals.Load()
	m.Overflows += t.overflows.Load()
	m.Parks += t.parks.Load()
}
