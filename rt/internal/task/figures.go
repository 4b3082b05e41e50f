package task

// figures are those of a runtime; the Metrics of package rt says what each is.
type figures struct {
	Name    string
	Workers int
	Running int
	Stuck   int
	Spares  int

	Spawned uint64
	Ended   uint64
	Waiting int
	Queued  int
	Timers  int

	Turns        uint64
	Yields       uint64
	BudgetYields uint64
	SelfWakes    uint64
	Wakes        uint64
	Steals       uint64
	Overflows    uint64
	Parks        uint64
	Injected     int
	Depths       []int

	TurnTime Histogram
	Delay    Histogram

	LongTurns uint64

	BlockingThreads int
	BlockingIdle    int
	BlockOn         int
}

// Figures are the figures of r now.
func (r *Runtime) Figures() figures {
	m := figures{Name: r.Name, Workers: len(r.Workers), LongTurns: r.Monitor.Turns.Load(), Spares: len(r.SpareList())}
	m.Ended = r.outside.ended.Load()
	for _, w := range r.Workers {
		m.Ended += w.tasks.ended.Load()
	}
	m.Spawned = r.outside.born.Load()
	m.Wakes = r.wakes.Load()
	m.Injected = r.Queue.Len()
	m.Queued = m.Injected
	for _, w := range r.Workers {
		m.Spawned += w.tasks.born.Load()
		m.Depths = append(m.Depths, w.queued())
		m.Queued += w.queued()
		w.totals.addTo(&m)
		w.Shard.Mu.Lock()
		m.Waiting += w.Shard.N
		w.Shard.Mu.Unlock()
		w.Timers.Mu.Lock()
		m.Timers += w.Timers.Wheel.Count()
		m.Waiting += w.Timers.Wheel.Inners()
		w.Timers.Mu.Unlock()
	}
	for _, w := range r.SpareList() {
		m.Queued += w.queued()
	}
	if s := r.sight; s != nil {
		m.TurnTime, m.Delay = s.turnTimes.read(), s.delays.read()
	}
	m.Stuck = int(r.Stuck.Load())
	if r.Begun.Load() {
		m.Running = int(running(r.Idle.Load())) + m.Stuck
	}
	r.Mu.Lock()
	m.BlockOn = r.Held
	r.Mu.Unlock()
	r.Pool.Mu.Lock()
	m.BlockingThreads, m.BlockingIdle = r.Pool.Threads, r.Pool.Free
	r.Pool.Mu.Unlock()
	return m
}
