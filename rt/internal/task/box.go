package task

type SpawnConfig struct {
	Rt     *Runtime
	Name   string
	Values valuesOf
}

// valuesOf is what a task has beside its arguments.
type valuesOf interface{ Value(key any) any }

// ValuesHere are the values of the task whose code calls it, or nil.
func ValuesHere() valuesOf {
	r := CurrentRunner()
	if r == nil || r.cx.own == nil || !isExtra(r.cx.own.aux.Load()) {
		return nil
	}
	return r.cx.own.Extra().values
}

// BoxOf makes f a box that has not started.
func BoxOf[T any](who string, f Future[T]) *Box[T] {
	switch b := f.(type) {
	case nil:
		panic(NilFuture(who))
	case *Box[T]:
		if b.t.Load() == 0 {
			return b
		}
		if s := b.t.Load(); s.Is(StateSpawned) || s.Is(StateDone) {
			panic(Misuse(b.t.name(), "is spawned twice, or after it has ended", "make another one for each task"))
		}
	}
	Own(f, who)
	b := new(struct {
		Box[T]
		await[T]
	})
	b.f = f
	b.Init(&b.await)
	return &b.Box
}
