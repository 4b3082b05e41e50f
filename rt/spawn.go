package rt

// SpawnOption is an option of [Spawn], [Go] and [BlockOn].
type SpawnOption func(*spawnConfig)

type spawnConfig struct {
	rt     *Runtime
	name   string
	values Values
}

// applied is what the options of the function who say together.
func applied(who string, opts []SpawnOption) *spawnConfig {
	o := new(spawnConfig)
	for _, f := range opts {
		if f == nil {
			panic(nilOption(who))
		}
		f(o)
	}
	return o
}

// On has the task run on r, and not on the runtime that the caller belongs to. What the task starts
// belongs to r, too.
func On(r *Runtime) SpawnOption {
	if r == nil {
		panic(misuse("On", "of a nil runtime", "New and Default give one; without On it is that of the caller"))
	}
	return func(o *spawnConfig) { o.rt = r }
}

// Name names the task, for handles and dumps.
func Name(name string) SpawnOption { return func(o *spawnConfig) { o.name = name } }

// Values are what a task has beside its arguments: a [context.Context] is one.
type Values interface{ Value(key any) any }

// WithValues gives the task values, which its code finds by [TaskValue]. A nil v is as if
// it was not there.
func WithValues(v Values) SpawnOption { return func(o *spawnConfig) { o.values = v } }

// TaskValue looks key up in the values of the task whose code calls it. It
// gives nil in a task without values, and on a goroutine that is no task.
func TaskValue(key any) any {
	if v := valuesHere(); v != nil {
		return v.Value(key)
	}
	return nil
}

// valuesHere are the values of the task whose code calls it, or nil.
func valuesHere() Values {
	r := currentRunner()
	if r == nil || r.cx.own == nil || !isExtra(r.cx.own.aux.Load()) {
		return nil
	}
	return r.cx.own.extra().values
}

// Spawn starts a task that runs f, and gives its handle. f is used up. A
// generated future becomes the task itself: nothing is allocated.
func Spawn[T any](f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	b := boxOf("Spawn", f)
	b.t.spawn(opts, asTask)
	return (*JoinHandle[T])(b)
}

// Go starts a detached task: nobody gets its result. A panic that leaves it
// ends the program, as that of a goroutine does.
func Go[T any](f Future[T], opts ...SpawnOption) {
	boxOf("Go", f).t.spawn(opts, asDetached)
}

// boxOf makes f a box that has not started.
func boxOf[T any](who string, f Future[T]) *Box[T] {
	switch b := f.(type) {
	case nil:
		panic(nilFuture(who))
	case *Box[T]:
		if b.t.load() == 0 {
			return b
		}
		if s := b.t.load(); s.is(stateSpawned) || s.is(stateDone) {
			panic(misuse(b.t.name(), "is spawned twice, or after it has ended", "make another one for each task"))
		}
	}
	own(f, who)
	b := new(struct {
		Box[T]
		await[T]
	})
	b.f = f
	b.Init(&b.await)
	return &b.Box
}
