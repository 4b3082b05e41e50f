package diag

var vetRules = []Rule{
	{Dropped, "a future or handle that nobody uses (vet)", `
A future does nothing until it is polled, so one that is dropped is a call that is not made. With a
handle the error of the task is lost, and its panic.

	//async:func
	func f(n int) {
		saveAsync(n)        // AG0401
		_ = rt.Spawn(saveAsync(n)) // AG0401
	}

Wait for it, or say that nobody does:

	//async:func
	func f(n int) error {
		rt.Go(saveAsync(n)) // a task that nobody waits for
		return save(n)
	}
`},
	{BlockingValue, "a call that waits behind a func value or an interface (vet)", `
asyncgen sees which function a call names, not what is in a variable. The call is an ordinary one, so
it blocks the worker with all tasks on it. It is reported where the package stores something that
waits in the variable, field or parameter, or where a type has both methods of which the interface
declares one.

	//async:func
	func each(urls []string, get func(string) (string, error)) {
		for _, url := range urls {
			get(url)        // AG0402
		}
	}

	//async:func
	func all(urls []string) { each(urls, fetch) }

Name the parameter, or declare GetAsync in the interface beside Get:

	//async:func await=get
	func each(urls []string, get func(string) (string, error)) {
		for _, url := range urls {
			get(url)
		}
	}

	//async:func
	func all(urls []string) { each(urls, fetch) }
`},
	{BlockingChan, "an operation on a native channel in async code (vet)", `
It waits on the worker, not in the task. A select with a default never waits, and is fine.

	//async:func
	func next(ch chan int) int {
		return <-ch         // AG0403
	}

Wait on a goroutine of the blocking pool. Where both ends are async code, await a handle or a stream
instead; rt.Sleep replaces time.After, rt.WithContext ctx.Done:

	//async:func
	func next(ctx context.Context, ch chan int) (int, error) {
		return rt.Blocking(ctx, func(ctx context.Context) (int, error) {
			select {
			case v := <-ch:
				return v, nil
			case <-ctx.Done():
				return 0, context.Cause(ctx)
			}
		})
	}
`},
	{BlockingCall, "a call that is known to block, in async code (vet)", `
time.Sleep, sync.WaitGroup.Wait, network and file operations keep the worker from other tasks.

	//async:func
	func read(name string) ([]byte, error) {
		return os.ReadFile(name) // AG0404
	}

Let a goroutine of the blocking pool do it:

	//async:func
	func read(ctx context.Context, name string) ([]byte, error) {
		return rt.Blocking(ctx, func(context.Context) ([]byte, error) { return os.ReadFile(name) })
	}

A lock of package sync is named only if the function does not unlock it: a short critical section is
fine.
`},
	{BlockingFunc, "a call of a function that awaits and has no async form (vet)", `
It waits, and blocks the worker meanwhile.

	func pause() { rt.Sleep(time.Second) }

	//async:func
	func f() {
		pause()             // AG0405
	}

Mark it, and each function between: then the call is an await.

	//async:func
	func pause() { rt.Sleep(time.Second) }

	//async:func
	func f() {
		pause()
	}
`},
	{LockHeld, "a sync lock that is held across an await (vet)", `
Other tasks run during the await. One that wants the lock blocks its worker; when all workers wait for
it, the task that has it cannot go on.

	//async:func
	func add(mu *sync.Mutex, m map[string]string, url string) error {
		mu.Lock()           // AG0406
		defer mu.Unlock()
		page, err := fetch(url)
		m[url] = page
		return err
	}

Lock it after the await, for as long as it takes:

	//async:func
	func add(mu *sync.Mutex, m map[string]string, url string) error {
		page, err := fetch(url)
		mu.Lock()
		defer mu.Unlock()
		m[url] = page
		return err
	}
`},
	{Lent, "a lent future that its owner neither awaits nor cancels (vet)", `
rt.Borrow lets a future lose a choice and go on. Nobody but its owner cancels it.

	//async:func
	func f(url string) {
		page := fetchAsync(url)
		rt.Select2(rt.Borrow(page), rt.SleepAsync(time.Second)) // AG0407
	}

Let the owner do it:

	//async:func
	func f(url string) {
		page := fetchAsync(url)
		defer rt.Cancel(page)
		rt.Select2(rt.Borrow(page), rt.SleepAsync(time.Second))
	}
`},
	{HotLoop, "a loop without an await that keeps its worker (vet)", `
A loop that never ends, or that waits for something which others change, takes a worker for itself.

	//async:func
	func wait(ready *atomic.Bool) {
		for !ready.Load() { // AG0408
		}
	}

Await in it. Better than to ask again and again is to wait for a handle that ends when it is so.

	//async:func
	func wait(ready *atomic.Bool) {
		for !ready.Load() {
			rt.Yield()
		}
	}
`},
	{UsedAfter, "a future that is used after it was passed on (vet)", `
Await, Join, Select, Race, Timeout, Spawn and the like take a future over; using it later panics.

	//async:func
	func f(url string) {
		page := fetchAsync(url)
		rt.Select2(page, rt.SleepAsync(time.Second))
		rt.Await(page)      // AG0409: cancelled, if it has lost
	}

Lend it to the first. The handle of a task may be awaited many times.

	//async:func
	func f(url string) {
		page := fetchAsync(url)
		rt.Select2(rt.Borrow(page), rt.SleepAsync(time.Second))
		rt.Await(page)
	}
`},
	{UnmarkedBlock, "a block in a function that is not marked (vet)", `
The block of rt.AsyncFunc, rt.AsyncValue or Group.Go becomes a state machine in a marked function. In
any other it has a goroutine of its own, which takes turns with whoever polls it.

	func both() error {
		_, _, err := rt.Join2(fetchAsync("a"), rt.AsyncFunc(func() error { // AG0410
			return save(1)
		}))
		return err
	}

Mark the function:

	//async:func
	func both() error {
		_, _, err := rt.Join2(fetchAsync("a"), rt.AsyncFunc(func() error {
			return save(1)
		}))
		return err
	}
`},
	{SharedMember, "a variable or ticker that tasks share (vet)", `
Members of a group and spawned tasks run in parallel, so what one changes and another uses is a race. A
ticker belongs to one task.

	//async:func
	func lengths(urls []string) (n int, err error) {
		err = rt.Scope(func(g *rt.Group) error {
			for _, url := range urls {
				g.Go(func() error {
					page, err := fetch(url)
					n += len(page) // AG0411
					return err
				})
			}
			return nil
		})
		return n, err
	}

Let each return its own, run them in one task with rt.Map or rt.JoinAll, or guard it with a lock:

	//async:func
	func lengths(urls []string) (n int, err error) {
		pages, err := rt.Map(8, urls, fetch)
		for _, page := range pages {
			n += len(page)
		}
		return n, err
	}
`},
	{IgnoresContext, "a function of rt.Blocking that may wait for ever and ignores its context (vet)", `
Whoever cancels rt.Blocking waits until the function returns, as it may use what the caller owns. One that
waits for others and does not look at its context may never do so.

	//async:func
	func accept(ctx context.Context, l net.Listener) (net.Conn, error) {
		return rt.Blocking(ctx, func(context.Context) (net.Conn, error) {
			return l.Accept() // AG0412
		})
	}

Let the end of the context end the wait: close what it waits for, or select with <-ctx.Done().

	//async:func
	func accept(ctx context.Context, l net.Listener) (net.Conn, error) {
		return rt.Blocking(ctx, func(ctx context.Context) (net.Conn, error) {
			stop := context.AfterFunc(ctx, func() { l.Close() })
			defer stop()
			return l.Accept()
		})
	}
`},
	{NotChosen, "what is read of a branch that was not chosen (vet)", `
The Err of a branch that has not won is rt.ErrNotChosen, and its Value is zero. Where the other one has won, or where nothing
has asked which one it was, that is easily taken for an error of what was waited for.

	//async:func
	func f(url string) (string, error) {
		c := rt.Select2(fetchAsync(url), rt.SleepAsync(time.Second))
		if c.Index == 1 {
			return "", c.A.Err // AG0413
		}
		return c.A.Get()
	}

Look at Index, and then at the branch that it names. Somebody who names rt.ErrNotChosen, or compares the error, is left alone.

	//async:func
	func f(url string) (string, error) {
		c := rt.Select2(fetchAsync(url), rt.SleepAsync(time.Second))
		if c.Index == 1 {
			return "", context.DeadlineExceeded
		}
		return c.A.Get()
	}
`},
}
