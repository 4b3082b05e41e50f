package rt

// AwaitFuture is the await of a future that is a value. It is shaped like a
// generated function, so that generated code, the climb and cancel know one
// kind of await.
func AwaitFuture[T any](cx *Context, f Future[T]) (T, error, Machine) {
	if f == nil {
		panic("rt: await of a nil future")
	}
	v, ready, err := f.Poll(cx)
	if ready {
		return v, err, nil
	}
	m := newFrame[await[T], *await[T]](cx)
	m.f = f
	m.state = awaitPolling
	cx.leaf = m
	return v, nil, m
}

// await is the frame of AwaitFuture.
type await[T any] struct {
	FrameOf[T]
	f Future[T]
}

const (
	awaitStart      = iota
	awaitPolling    // the future is pending
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
		if !cancelling(cx, m.f) {
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

// cancelling drops f on behalf of one who can wait for its cleanup, as
// PollCancel does: it says whether all cleanup has run.
func cancelling(cx *Context, f any) (done bool) {
	switch c := f.(type) {
	case pollCanceler:
		return c.PollCancel(cx)
	case Canceler:
		c.Cancel()
	}
	return true
}

// Await waits for f and gives its result. In a marked function it suspends the
// function; anywhere else it blocks the goroutine, which polls f and sleeps
// between. f is used up.
func Await[T any](f Future[T]) (T, error) {
	if f == nil {
		panic("rt: await of a nil future")
	}
	r := here()
	cx := &Context{thread: true}
	cx.block(r)
	return drive(cx, f)
}

// drive polls f on the calling goroutine until it is ready.
func drive[T any](cx *Context, f Future[T]) (T, error) {
	v, ready, err := f.Poll(cx)
	if ready {
		return v, err
	}
	p := cx.waker.t.leaf.(*parker)
	defer goAhead(blocked())
	for {
		<-p.ch
		if v, ready, err := f.Poll(cx); ready {
			return v, err
		}
	}
}

// block prepares cx for a goroutine that waits: its waker leaves a token in the parker's channel.
func (cx *Context) block(r *Runtime) *parker {
	p := &parker{ch: make(chan struct{}, 1)}
	t := &task{leaf: p}
	t.state.Store(uint32(stateForeign))
	cx.waker, cx.rt, cx.thread = Waker{t}, r, true
	return p
}

// BlockOn is [Await] for main and other ordinary code: it waits for f on the
// calling goroutine. With [On] the code of f belongs to another runtime.
func BlockOn[T any](f Future[T], opts ...SpawnOption) (T, error) {
	if f == nil {
		panic("rt: BlockOn of a nil future")
	}
	o := spawnOptions(opts)
	cx := &Context{}
	cx.block(o.rt)
	return drive(cx, f)
}
