package rt

// Metrics are figures of a runtime; see [Runtime.Metrics]. The counters only grow.
type Metrics struct {
	Workers int // that tasks run on
	Running int // of them, those that are not parked
	Stuck   int // of them, those in a long turn, for which others stand in
	Spares  int // that stand in

	Spawned uint64 // tasks that were spawned
	Ended   uint64 // tasks that have ended
	Waiting int    // tasks that are listed: they have waited, and have not ended
	Queued  int    // tasks that are ready and have to wait for a worker
	Timers  int    // that are armed

	LongTurns uint64 // turns that were so long that others had to stand in; see [LongTurns]

	BlockingThreads int // goroutines of the blocking pool
	BlockingIdle    int // of them, those without work
	BlockOn         int // goroutines that wait in [BlockOn], or in [Await]
}

// Alive is how many tasks live.
func (m Metrics) Alive() int { return int(m.Spawned - m.Ended) }

// Metrics gives the figures of r now. They are read one after the other, while tasks go on, and cost the
// tasks nothing.
func (r *Runtime) Metrics() Metrics {
	r.need("Metrics")
	m := Metrics{Workers: len(r.workers), LongTurns: r.monitor.turns.Load(), Spares: len(r.spareList())}
	m.Ended = r.outside.ended.Load()
	for _, w := range r.workers {
		m.Ended += w.tasks.ended.Load()
	}
	m.Spawned = r.outside.born.Load()
	m.Queued = int(r.queue.n.Load())
	for _, w := range r.workers {
		m.Spawned += w.tasks.born.Load()
		m.Queued += w.ring.Len()
		w.shard.mu.Lock()
		m.Waiting += w.shard.n
		w.shard.mu.Unlock()
		w.timers.mu.Lock()
		m.Timers += w.timers.wheel.Count()
		w.timers.mu.Unlock()
	}
	for _, w := range r.spareList() {
		m.Queued += w.ring.Len()
	}
	m.Stuck = int(r.stuck.Load())
	if r.begun.Load() {
		m.Running = int(running(r.idle.Load())) + m.Stuck
	}
	r.mu.Lock()
	m.BlockOn = r.held
	r.mu.Unlock()
	r.pool.mu.Lock()
	m.BlockingThreads, m.BlockingIdle = r.pool.threads, r.pool.free
	r.pool.mu.Unlock()
	return m
}
