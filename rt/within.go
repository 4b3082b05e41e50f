package rt

// Within runs f, ordinary code, as code of r: Spawn, Sleep, Now and what else asks for the runtime that the
// caller belongs to find r in it, and so on goroutines that it starts. It returns when f does.
func Within(r *Runtime, f func()) {
	if r == nil {
		panic(misuse("Within", "of a nil runtime", "New and Default give one"))
	}
	if f == nil {
		panic(nilFunction("Within"))
	}
	if here() == r {
		f()
		return
	}
	if currentRunner() != nil {
		panic(misuse("Within", "is called by a task of another runtime", "start what belongs to r by Spawn with On(r)"))
	}
	before := getProfLabel()
	defer setProfLabel(before)
	setProfLabel(r.labels)
	f()
}
