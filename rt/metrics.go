package rt

// Metrics are figures of a runtime; see [Runtime.Metrics]. The counters only grow.
type Metrics struct {
	Name    string // of the runtime, see [RuntimeName]
	Workers int    // that tasks run on
	Running int    // of them, those that are not parked
	Stuck   int    // of them, those in a long turn, for which others stand in
	Spares  int    // that stand in

	Spawned uint64 // tasks that were spawned
	Ended   uint64 // tasks that have ended
	Waiting int    // tasks that are listed: they have waited, and have not ended
	Queued  int    // tasks that are ready and have to wait for a worker
	Timers  int    // that are armed

	Turns        uint64 // of tasks, from one await to the next; see [Metrics.TurnTime]
	Yields       uint64 // of them, those that ended because the task gave way to others
	BudgetYields uint64 // of them, those for want of a budget; see [Unconstrained]
	SelfWakes    uint64 // turns that ended with the task woken already
	Wakes        uint64 // that have put a task into a queue
	Steals       uint64 // times that a worker has taken tasks of another one
	Overflows    uint64 // times that the queue of a worker was full
	Parks        uint64 // times that a worker has had nothing to do
	Injected     int    // of Queued, those in the queue for all workers
	Depths       []int  // of Queued, those in the queue of each worker

	TurnTime Histogram // how long turns take, with the option [Histograms]
	Delay    Histogram // how long tasks that are ready wait for a worker, with that option

	LongTurns uint64 // turns that were so long that others had to stand in; see [LongTurns]

	BlockingThreads int // goroutines of the blocking pool
	BlockingIdle    int // of them, those without work
	BlockOn         int // goroutines that wait in [BlockOn], or in [Await]
}

// Alive is how many tasks live.
func (m Metrics) Alive() int { return int(m.Spawned - m.Ended) }

// Metrics gives the figures of r now. They are read one after the other, while tasks go on, and cost the
// tasks nothing. Workers count for themselves and add up now and then, and when they have nothing to do: while
// they run the counters are behind by up to 61 turns of each.
func (r *Runtime) Metrics() Metrics {
	r.need("Metrics")
	return Metrics(r.engine.Figures())
}
