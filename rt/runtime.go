package rt

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// Runtime runs tasks. [Default] is the one that most programs use.
type Runtime struct {
	name     string
	workers  []*worker
	clock    clock
	grace    time.Duration  // for cleanup, see grace.go
	epoch    time.Time      // the clock's zero
	labels   unsafe.Pointer // carried by its goroutines, see labels.go
	current  bool           // current-thread flavour: runs only while somebody is in BlockOn
	pool     pool           // for SpawnBlocking
	sim      *sim           // of a simulated runtime; nil: it is none
	sight    *sight         // of the options that look at each turn; nil: none is on
	fleeting bool           // without goroutines while nothing is to do, see bubble.go

	idle  atomic.Uint32 // workers that search <<16 | workers that are not parked
	next  atomic.Uint32 // picks a worker for what comes from outside
	wakes atomic.Uint64 // that came from outside
	queue injector      // tasks that come from outside, and what overflows

	mu       sync.Mutex // guards what follows
	sleepers []*worker  // parked; their searching is guarded too
	sitting  *sitter    // goroutines in BlockOn that wait

	monitor  monitor
	stuck    atomic.Int32              // workers whose turn goes on and on; changed under mu
	spares   atomic.Pointer[[]*worker] // that stand in for them; replaced under mu
	standing atomic.Int32              // how many; changed under mu

	begun   atomic.Bool  // the workers run; set under mu
	drivers atomic.Int32 // current-thread flavour: goroutines in BlockOn

	outside census // of tasks that were spawned or have ended elsewhere than on a worker

	refuses    atomic.Bool    // the shutdown has begun: no task is admitted
	stop       atomic.Bool    // workers end when they have nothing to do
	left       atomic.Int64   // while it shuts down: goroutines in BlockOn that wait, and one for Shutdown; then allHaveLeft
	doom       atomic.Int64   // the tick at which the grace of the shutdown is over; 0: not yet known, or never
	began      time.Time      // of the shutdown; constant after closing is closed
	late       chan struct{}  // closed when Shutdown gives up
	leftBehind []string       // what it has not waited for; constant after late is closed
	drained    chan struct{}  // closed when left is 0 and no task lives
	ended      chan struct{}  // closed when all is over
	closing    chan struct{}  // closed when the shutdown begins
	once       sync.Once      // for closing it
	held       int            // goroutines in BlockOn that wait, under mu
	closed     bool           // closing is closed, under mu
	running    sync.WaitGroup // goroutines of workers and of the pool
}

// Option is an option of [New].
type Option func(*config)

type config struct {
	workers  int
	current  bool // one worker, which runs only while somebody is in BlockOn
	name     string
	clock    clock
	threads  int
	idle     time.Duration
	grace    time.Duration
	fleeting bool

	looks     time.Duration  // how often the monitor looks; 0: as usual
	longTurns func(LongTurn) // nil: they are only counted
	sight     *sight
}

// Workers sets how many tasks run at once; the default is GOMAXPROCS. A runtime with one
// worker has a goroutine for it, as those with more have: Workers(runtime.GOMAXPROCS(0))
// means the same on every machine. Of this and [CurrentThread] the last one counts.
func Workers(n int) Option {
	if n < 1 || n > maxWorkers {
		panic(misuse("Workers", fmt.Sprintf("of %d", n), fmt.Sprintf("give it 1 to %d, or leave it out for GOMAXPROCS", maxWorkers)))
	}
	return func(c *config) { c.workers, c.current = n, false }
}

// CurrentThread makes a runtime that runs inside BlockOn: its tasks run one at a time, in the
// order in which they get ready, and only while a goroutine is in [BlockOn] or [Await] on it, or
// while it shuts down.
func CurrentThread() Option {
	return func(c *config) { c.workers, c.current = 1, true }
}

// RuntimeName names the runtime in profiles and dumps.
func RuntimeName(name string) Option { return func(c *config) { c.name = name } }

// BlockingLimit sets how many functions of [SpawnBlocking] run at once, and
// after how long without work their goroutines end. The defaults are 512 and
// ten seconds.
func BlockingLimit(n int, keepAlive time.Duration) Option {
	if n < 1 {
		panic(misuse("BlockingLimit", fmt.Sprintf("of %d", n), "give it at least 1, or leave it out for 512"))
	}
	return func(c *config) { c.threads, c.idle = n, keepAlive }
}

const maxWorkers = 1 << 10

var runtimes atomic.Int64 // made so far, for their names

// New makes a runtime. Its workers start with its first task; [Runtime.Shutdown] ends it.
func New(opts ...Option) *Runtime {
	c := config{workers: runtime.GOMAXPROCS(0), clock: newRealClock(), threads: 512, idle: 10 * time.Second, grace: defaultGrace}
	for _, f := range opts {
		if f == nil {
			panic(nilOption("New"))
		}
		f(&c)
	}
	return newRuntime(c)
}

func newRuntime(c config) *Runtime {
	n := runtimes.Add(1)
	if c.name == "" {
		c.name = fmt.Sprintf("runtime-%d", n)
	}
	r := &Runtime{
		name:     c.name,
		current:  c.current,
		fleeting: c.fleeting,
		clock:    c.clock,
		grace:    c.grace,
		sight:    c.sight,
		epoch:    time.Now().Add(-time.Duration(c.clock.now())),
		drained:  make(chan struct{}),
		late:     make(chan struct{}),
		closing:  make(chan struct{}),
		ended:    make(chan struct{}),
	}
	r.labels = labelSet(r)
	r.pool.init(r, c.threads, c.idle)
	r.monitor.init(r, c)
	r.idle.Store(uint32(c.workers))
	for i := range c.workers {
		r.workers = append(r.workers, newWorker(r, i))
	}
	return r
}

// begin starts the workers, if they have not been started: something is about to be put where only they
// find it.
func (r *Runtime) begin() {
	if r.begun.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun.Load() || r.stop.Load() {
		return
	}
	r.begun.Store(true)
	for _, w := range r.workers {
		w.start()
	}
}

var byDefault = sync.OnceValue(func() *Runtime { return New(RuntimeName("default")) })

// Default is the runtime that code uses that belongs to no other. It has
// GOMAXPROCS workers, which start with its first task. In a bubble of testing/synctest it is another one,
// which is the bubble's own.
func Default() *Runtime {
	if n := bubble(); n != 0 {
		return ofBubble(n)
	}
	return byDefault()
}

// Now is the time on the clock of the runtime that the caller belongs to.
func Now() time.Time { return here().time() }

// Since is the time that has passed on that clock since t.
func Since(t time.Time) time.Duration { return Now().Sub(t) }

func (r *Runtime) time() time.Time { return r.epoch.Add(time.Duration(r.clock.now())) }

// anyWorker picks a worker for what comes from outside: its timers and its
// shard have locks.
func (r *Runtime) anyWorker() *worker {
	r.begin()
	if len(r.workers) == 1 {
		return r.workers[0]
	}
	return r.workers[r.next.Add(1)%uint32(len(r.workers))]
}

// enter says that a goroutine waits in BlockOn: a runtime of the current-thread
// flavour runs then. exit undoes it.
func (r *Runtime) enter() {
	if r.current && r.drivers.Add(1) == 1 { // pairs with the Load in driven
		r.workers[0].unpark()
	}
}

func (r *Runtime) exit() {
	if r.current {
		r.drivers.Add(-1)
	}
}

// driven says whether workers may run tasks now.
func (r *Runtime) driven() bool {
	return !r.current || r.drivers.Load() > 0 || r.refuses.Load()
}
