package task

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/asyncgen/asyncgen/rt/internal/sched"
)

// Runtime is what a Runtime is made of.
type Runtime struct {
	Name     string
	Workers  []*worker
	Clock    clock
	Grace    time.Duration            // for cleanup, see grace.go
	Epoch    time.Time                // the clock's zero
	Labels   unsafe.Pointer           // carried by its goroutines, see labels.go
	Current  bool                     // current-thread flavour: runs only while somebody is in BlockOn
	Pool     Pool                     // for SpawnBlocking
	blocks   coroutines[*blockRunner] // for blocks of ordinary code
	pulls    coroutines[*pullRunner]  // for iterators
	Sim      *Sim                     // of a simulated runtime; nil: it is none
	sight    *sight                   // of the options that look at each turn; nil: none is on
	looks    sync.RWMutex             // held by who looks for lost tasks, and read by who looks at all; see lost.go
	fleeting bool                     // without goroutines while nothing is to do, see bubble.go

	Idle  atomic.Uint32        // workers that search <<16 | workers that are not parked
	next  atomic.Uint32        // picks a worker for what comes from outside
	wakes atomic.Uint64        // that came from outside
	Queue sched.Injector[Task] // tasks that come from outside, and what overflows

	Mu          sync.Mutex // guards what follows
	Sleepers    []*worker  // parked; their searching is guarded too
	waiters     *waiter    // goroutines in BlockOn that wait
	idleWaiters sync.Pool  // of *waiter: not in use

	Monitor  monitor
	Stuck    atomic.Int32              // workers whose turn goes on and on; changed under mu
	spares   atomic.Pointer[[]*worker] // that stand in for them; replaced under mu
	standing atomic.Int32              // how many; changed under mu

	Begun   atomic.Bool  // the workers run; set under mu
	drivers atomic.Int32 // current-thread flavour: goroutines in BlockOn

	outside taskCounts // of tasks that were spawned or have ended elsewhere than on a worker

	Refuses    atomic.Bool    // the shutdown has begun: no task is admitted
	stop       atomic.Bool    // workers end when they have nothing to do
	Left       atomic.Int64   // while it shuts down: goroutines in BlockOn that wait, and one for Shutdown; then allHaveLeft
	doom       atomic.Int64   // the tick at which the grace of the shutdown is over; 0: not yet known, or never
	began      time.Time      // of the shutdown; constant after closing is closed
	late       chan struct{}  // closed when Shutdown gives up
	leftBehind []string       // what it has not waited for; constant after late is closed
	drained    chan struct{}  // closed when left is 0 and no task lives
	Ended      chan struct{}  // closed when all is over
	Closing    chan struct{}  // closed when the shutdown begins
	once       sync.Once      // for closing it
	Held       int            // goroutines in BlockOn that wait, under mu
	closed     bool           // closing is closed, under mu
	running    sync.WaitGroup // goroutines of workers and of the pool
}

// Config is what the options of New set.
type Config struct {
	Workers  int
	Current  bool // one worker, which runs only while somebody is in BlockOn
	Name     string
	Clock    clock
	Threads  int
	Idle     time.Duration
	Grace    time.Duration
	fleeting bool
	sim      *Sim

	Looks     time.Duration    // how often the monitor looks; 0: as usual
	LongTurns func(TurnReport) // nil: they are only counted
	Lost      func(*TaskInfo)  // called for each task that is lost; nil: they are not looked for
	sight     *sight
}

const MaxWorkers = 1 << 10

// NewConfig is what New makes without options.
func NewConfig() Config {
	return Config{Workers: runtime.GOMAXPROCS(0), Clock: NewRealClock(), Threads: 512, Idle: 10 * time.Second, Grace: defaultGrace}
}

func NewRuntime(c Config) *Runtime {
	n := runtimes.Add(1)
	if c.Name == "" {
		c.Name = fmt.Sprintf("runtime-%d", n)
	}
	r := &Runtime{
		Name:     c.Name,
		Current:  c.Current,
		fleeting: c.fleeting,
		Clock:    c.Clock,
		Grace:    c.Grace,
		sight:    c.sight,
		Epoch:    time.Now().Add(-time.Duration(c.Clock.Now())),
		drained:  make(chan struct{}),
		late:     make(chan struct{}),
		Closing:  make(chan struct{}),
		Ended:    make(chan struct{}),
	}
	r.Pool.init(r, c.Threads, c.Idle)
	r.Monitor.init(r, c)
	r.Idle.Store(uint32(c.Workers))
	for i := range c.Workers {
		r.Workers = append(r.Workers, newWorker(r, i))
	}
	if c.sim != nil {
		c.sim.attach(r)
	}
	r.Labels = labelSet(r) // last: others see r from now on
	if c.Lost != nil {
		r.watchForLost(c.Lost)
	}
	return r
}

// begin starts the workers, if they have not been started: something is about to be put where only they
// find it.
func (r *Runtime) begin() {
	if r.Begun.Load() {
		return
	}
	r.Mu.Lock()
	defer r.Mu.Unlock()
	if r.Begun.Load() || r.stop.Load() {
		return
	}
	r.Begun.Store(true)
	for _, w := range r.Workers {
		w.start()
	}
}

// DefaultHere is the runtime that code of the calling goroutine uses if it belongs to no other. In a bubble of
// testing/synctest it is the bubble's own.
func DefaultHere() *Runtime {
	if n := bubble(); n != 0 {
		return ofBubble(n)
	}
	return ByDefault()
}

// Time is the time on the clock of r.
func (r *Runtime) Time() time.Time { return r.Epoch.Add(time.Duration(r.Clock.Now())) }

// anyWorker picks a worker for what comes from outside: its timers and its
// shard have locks.
func (r *Runtime) anyWorker() *worker {
	r.begin()
	if len(r.Workers) == 1 {
		return r.Workers[0]
	}
	return r.Workers[r.next.Add(1)%uint32(len(r.Workers))]
}

// Enter says that a goroutine waits in BlockOn: a runtime of the current-thread
// flavour runs then. exit undoes it.
func (r *Runtime) Enter() {
	if r.Current && r.drivers.Add(1) == 1 { // pairs with the Load in driven
		r.Workers[0].Unpark()
	}
}

func (r *Runtime) Exit() {
	if r.Current {
		r.drivers.Add(-1)
	}
}

// driven reports whether workers may run tasks now.
func (r *Runtime) driven() bool {
	return !r.Current || r.drivers.Load() > 0 || r.Refuses.Load()
}
