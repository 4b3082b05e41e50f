package task

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/asyncgen/asyncgen/rt/internal/goid"
)

// AwaitFuture is the await of a future that is a value. It is shaped like a
// generated function, so that generated code, resume and cancel know one
// kind of await.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func AwaitFuture[T any](cx *Context, f Future[T]) (T, error, Machine) {
	if f == nil {
		panic(NilFuture("Await"))
	}
	var v T
	if !cx.Spend() {
		Own(f, awaiting)
	} else {
		var (
			ready bool
			err   error
		)
		if v, ready, err = claimAndPoll(cx, f); ready {
			return v, err, nil
		}
	}
	m := NewFrame[await[T], *await[T]](cx)
	m.f = f
	m.state = awaitPolling
	cx.leaf = m
	return v, nil, m
}

// AwaitDeferred is [AwaitFuture] for the future of a deferred call. If its function calls recover, that
// takes the panic that is parked in *p.
//
//lint:ignore ST1008 the machine is no result of the call, it stands for the call
func AwaitDeferred[T any](cx *Context, f Future[T], p *any) (T, error, Machine) {
	if b, ok := f.(*Box[T]); ok && b.t.Load() == 0 { // made for this
		if root, ok := b.t.Leaf.(interface{ Parked(*any) }); ok {
			root.Parked(p)
		}
	}
	return AwaitFuture(cx, f)
}

// await is the frame of AwaitFuture.
type await[T any] struct {
	FrameOf[T]
	f Future[T]
}

func (m *await[T]) awaited() any { return m.f }

const (
	awaitStart      = iota
	awaitPolling    // the future is pending, or has its first poll in the next turn
	awaitCancelling // its cleanup is
)

// It defers the cancel of its future, so to say.
var awaitFunc = Func{
	Name:   "rt.Await",
	Defers: true,
	Result: ResultValErr,
	States: []State{{Name: "start"}, {Name: "await"}, {Name: "cancel"}},
}

// Func implements [Machine].
func (m *await[T]) Func() *Func { return &awaitFunc }

// Reset implements [Machine].
func (m *await[T]) Reset() { *m = await[T]{} }

// Resume implements [Machine].
func (m *await[T]) Resume(cx *Context) Machine {
	if cx.Unwind() || m.state == awaitCancelling {
		m.state = awaitCancelling
		if !Cancelling(cx, m.f) {
			cx.leaf = m
			return m
		}
		return nil
	}
	v, ready, err := m.f.Poll(cx)
	if !ready {
		m.state = awaitPolling
		cx.leaf = m
		return m
	}
	m.Val, m.Err = v, err
	return nil
}

// Cancelling drops f on behalf of one who can wait for its cleanup, as
// PollCancel does: it reports whether all cleanup has run.
func Cancelling(cx *Context, f any) (done bool) {
	switch c := f.(type) {
	case PollCanceler:
		return c.PollCancel(cx)
	case canceler:
		c.Cancel()
	case lender:
		Forget(cx, c.Lent())
	case handled:
		Forget(cx, f)
	}
	return true
}

// Forget is called by who waits for f no longer and does not cancel it, as it belongs to others too: a handle keeps
// the waker of who waits for it. The same task may wait for f in another place, with the same waker. It is
// polled once more, and says so again.
func Forget(cx *Context, f any) {
	if l, ok := f.(lender); ok {
		f = l.Lent()
	}
	if t := handleTask(f); t != nil && t.unwatch(cx.waker) {
		cx.waker.Wake()
	}
}

// AwaitHere is Await.
func AwaitHere[T any](f Future[T]) (T, error) {
	Own(f, awaiting)
	if s := Current(); s != nil && s.block != nil {
		if b, ok := s.block.(*baton); ok {
			return driveBaton(b, f)
		}
		return awaitIn(s.block, f)
	}
	return drive(Here(), f)
}

// WaitOn is BlockOn; o is nil without options.
func WaitOn[T any](f Future[T], o *SpawnConfig) (T, error) {
	Own(f, "BlockOn")
	if o == nil {
		return drive(Here(), f)
	}
	if o.Rt == nil {
		o.Rt = Here()
	}
	s := NewWaiter(o.Rt)
	defer s.belongs(o)()
	if o.Rt.Hold(s, f) { // before the first poll, so that what that begins can be cleaned up
		defer o.Rt.LetGo(s)
	}
	return driveOn(s, f)
}

// belongs has the calling goroutine belong to the runtime of s, and have the name and values of o, until
// the function that it gives is called.
func (s *waiter) belongs(o *SpawnConfig) (undo func()) {
	values := o.Values
	if values == nil {
		values = ValuesHere()
	}
	if values != nil || o.Name != "" {
		x := s.t.Extra()
		x.name, x.values = o.Name, values
	}
	r := s.Cx.rt
	held := batonHere(r)
	if held == nil {
		aboutToBlock() // what runs the worker is hidden by what we say now
		held = batonHere(r)
	}
	id := Enlist(&Runner{cx: Context{rt: r, own: &s.t}, baton: held}, nil)
	labels := goid.Labels()
	goid.SetLabels(r.Labels)
	return func() {
		goid.SetLabels(labels)
		Delist(id)
	}
}

// drive polls f on the calling goroutine until it is ready.
func drive[T any](r *Runtime, f Future[T]) (T, error) {
	s := waiterAgain(r)
	v, err := driveOn(s, f)
	s.recycle()
	return v, err
}

func driveOn[T any](s *waiter, f Future[T]) (T, error) {
	r := s.Cx.rt
	if r.Sim != nil {
		if b, leave := r.holdBaton(s.Title(f)); b != nil {
			defer leave()
			return driveBaton(b, f)
		}
	}
	if r.Current {
		r.Enter()
		defer r.Exit()
	}
	v, ready, err := pollOn(s, f)
	for !ready && s.again() && !r.Refuses.Load() { // when it has ended, that is what woke us: see dropWheel
		v, ready, err = pollOn(s, f)
	}
	if !ready && s.mayGiveWay() {
		// What it waits for may be ready at once, and to park and to be woken costs more.
		for n := 0; n < patience && !ready && !r.Refuses.Load(); n++ {
			runtime.Gosched()
			for !ready && s.again() && !r.Refuses.Load() { // until it neither was woken nor wants its next turn
				v, ready, err = pollOn(s, f)
			}
		}
	}
	if ready {
		s.over()
		return v, err
	}
	return parkOn(s, f)
}

// parkOn goes on with driveOn when it is time for the goroutine to park.
func parkOn[T any](s *waiter, f Future[T]) (v T, err error) {
	r := s.Cx.rt
	if !s.held && r.Hold(s, f) {
		defer r.LetGo(s)
	}
	aboutToBlock()
	if r.isStill() {
		StandsStill()
	}
	closing := r.Closing
	var g *grace // of cleanup in a shutdown, which has its time
	for {
		if s.wait(closing) {
			closing = nil
			if !r.cleansUp() {
				return v, giveUp(s, f, ErrShutdown)
			}
			g = &grace{s: s, alive: true}
			defer g.stop()
			g.start()
		}
		for more := true; more; more = s.again() && (closing == nil || !r.Refuses.Load()) { // else closing is, or will be
			if g != nil && g.ended() {
				return v, giveUp(s, f, ErrShutdown)
			}
			if e := s.Dead.Load(); e != nil { // pairs with the Store in tell
				return v, giveUp(s, f, e)
			}
			v, ready, err := pollOn(s, f)
			if ready {
				s.over()
				return v, err
			}
		}
	}
}

// mayGiveWay reports whether the goroutine gives way to others for a while before it parks: it keeps nobody from running then.
// In a bubble of testing/synctest and in a simulation who gives way is seen.
func (s *waiter) mayGiveWay() bool {
	return !s.held && !s.Cx.rt.fleeting && s.Cx.rt.Sim == nil && CurrentRunner() == nil
}

// wait waits until s is woken, or closing is closed; which it reports. Of those that it holds, the shutdown wakes each
// when it has closed that.
func (s *waiter) wait(closing <-chan struct{}) (closed bool) {
	if s.held && !s.Cx.rt.Refuses.Load() { // pairs with the Store in shutdown: the wake is to come
		<-s.P.Ch
	} else {
		select {
		case <-s.P.Ch:
		case <-closing:
			return true
		}
	}
	select {
	case <-closing:
		return true
	default:
		return false
	}
}

// pollOn polls f. After a panic nobody looks at it any more: it stays locked.
func pollOn[T any](s *waiter, f Future[T]) (T, bool, error) {
	s.begin()
	v, ready, err := f.Poll(s.turn())
	s.pause()
	return v, ready, err
}

// begin begins a poll, or a step of a cancel: until pause nobody may look at what s waits for. Before it is held nobody
// can find it.
func (s *waiter) begin() {
	if s.held {
		s.polling.Lock() // pairs with the TryLock of an inspector
	}
	s.polls = true
}

func (s *waiter) pause() {
	s.polls = false
	if s.held {
		s.polling.Unlock()
	}
}

// shows lets others see that s waits for f.
func (s *waiter) shows(f any) {
	if !s.polls { // else a panic or Goexit has left a poll
		s.polling.Lock()
		defer s.polling.Unlock()
	}
	s.awaits = f
}

// Title is the name that s was given, or says what it waits for.
func (s *waiter) Title(f any) string {
	if isExtra(s.t.aux.Load()) && s.t.Extra().name != "" {
		return s.t.Extra().name
	}
	return "BlockOn of " + nameOf(f)
}

// giveUp cancels f, whose runtime is shut down, or which nothing will wake (why), and waits for its cleanup, which has
// its time of grace.
func giveUp(s *waiter, f any, why error) error {
	s.spent = true
	s.Cx.rt.leaving(s)
	s.driveCleanup(func(cx *Context) bool { return Cancelling(cx, f) })
	s.over()
	return why
}

// waiter is a goroutine that waits: the Context of its polls, and what their waker wakes.
type waiter struct {
	Cx     Context
	t      Task
	P      parker
	frames framePool
	held   bool                          // the runtime does not end before it: see hold
	spent  bool                          // is not used again
	Dead   atomic.Pointer[DeadlockError] // nothing can wake what it waits for

	polling sync.Mutex // locked while it polls: who has it may look at what it waits for
	polls   bool       // it has locked that
	awaits  any        // what it waits for; guarded by polling
	yields  uint32

	// While it is held, under Runtime.mu:
	id         uintptr // of the goroutine
	name       string  // of what it waits for
	leaves     bool    // cancels it
	prev, next *waiter
}

// NewWaiter makes a waiter, for a goroutine of r.
func NewWaiter(r *Runtime) *waiter {
	s := new(waiter)
	s.P.Ch = make(chan struct{}, 1)
	s.t.Leaf = &s.P
	s.t.State.Store(uint32(StateForeign))
	s.Cx.waker, s.Cx.own, s.Cx.rt, s.Cx.frames = Waker{&s.t}, &s.t, r, &s.frames
	return s
}

// waiterAgain is NewWaiter with a waiter that was used before, if there is one. Who still has its waker may wake it for nothing.
func waiterAgain(r *Runtime) *waiter {
	s, ok := r.idleWaiters.Get().(*waiter)
	if !ok {
		return NewWaiter(r)
	}
	if len(s.P.Ch) > 0 {
		select {
		case <-s.P.Ch:
		default:
		}
	}
	if s.Dead.Load() != nil {
		s.Dead.Store(nil)
	}
	s.t.State.Store(uint32(StateForeign))
	return s
}

// recycle lets go of s, whose goroutine waits no longer. In a bubble of testing/synctest and in a simulation its channel must
// not be another one's.
func (s *waiter) recycle() {
	r := s.Cx.rt
	if s.spent || s.t.aux.Load() != nil || r.fleeting || r.Sim != nil {
		return
	}
	s.Cx.forget()
	s.yields = 0
	r.idleWaiters.Put(s)
}

// turn is the Context for the next poll.
func (s *waiter) turn() *Context {
	s.Cx.refill()
	return &s.Cx
}

// goschedEvery is how many turns of a future that a goroutine drives have one of all other goroutines between them: that
// costs more than a turn of a task does.
const goschedEvery = 8

// again reports whether the goroutine may poll again at once: because it was woken
// meanwhile, or because the poll wants only its next turn.
func (s *waiter) again() bool {
	if s.Cx.yields {
		s.Cx.yields = false
		if s.yields++; s.yields%goschedEvery == 0 {
			runtime.Gosched()
		}
		return true
	}
	select {
	case <-s.P.Ch:
		return true
	default:
		return false
	}
}

// over ends the waiter: whoever still has its waker, such as a handle that has
// lost a select, may forget it.
func (s *waiter) over() { s.t.State.Or(uint32(StateDone)) }

// aboutToBlock is called by whoever blocks the calling goroutine: if it runs a
// worker, another one takes the worker over first.
func aboutToBlock() {
	switch r := CurrentRunner(); {
	case r == nil:
	case r.cx.w != nil && r.cx.rt.Sim != nil && r.inTask(r.cx.rt):
		r.board()
	default:
		r.detach()
	}
}
