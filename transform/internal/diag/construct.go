package diag

var constructRules = []Rule{
	{Unnameable, "a type that has to be written here, and cannot be named", `
A variable may have a type that this package cannot name: one that another package does not export, or
one of an internal package. Generated code declares it by inference, from the function, method, field
or constant that gives the type. Refused are the places where that does not help: a literal or a boolean
expression beside an await that has such a type by its context, a field that is promoted through a pointer
to an unexported struct, and a function with such a type in its signature for a parameter that awaits.

	-- lib/lib.go --
	package lib

	type flag bool

	type Options struct{ On flag }
	-- app.go --
	package app

	import "example.com/app/lib"

	//async:func
	func limit() int { return 1 }

	//async:func
	func f(a int) lib.Options {
		return lib.Options{On: a > 0 && a < limit()} // AG0102
	}

Give the value another type until it has to have that one, or keep it in a function of its own:

	-- lib/lib.go --
	package lib

	type flag bool

	type Options struct{ On flag }
	-- app.go --
	package app

	import "example.com/app/lib"

	//async:func
	func limit() int { return 1 }

	func options(on bool) (o lib.Options) {
		if on {
			o.On = true
		}
		return o
	}

	//async:func
	func f(a int) lib.Options {
		return options(a > 0 && a < limit())
	}
`},
	{Callback, "a parameter that awaits is used for something else", `
A parameter that await= names makes a future in the async form. It may be called, also in a block,
compared with nil, and passed on to another such parameter. Its type is written as func(…) ….

	//async:func await=op
	func f(op func() error) error {
		g := op             // AG0103
		return g()
	}

Call it where it is:

	//async:func await=op
	func f(op func() error) error { return op() }

Nor can a type argument make its last result an error: in the call, once would have to await a value.

	//async:func await=op
	func once[T any](op func() T) T { return op() }

	//async:func
	func f(check func() error) error {
		return once(check)  // AG0103
	}

Let it give a value and an error:

	//async:func await=op
	func once[T any](op func() (T, error)) (T, error) { return op() }

	//async:func
	func f(check func() error) error {
		_, err := once(func() (bool, error) { return true, check() })
		return err
	}
`},
	{UnknownNode, "a construct that asyncgen does not know", `
The Go version is newer than asyncgen. Get a newer asyncgen, or keep the construct in a function of its
own.
`},
	{Stream, "//async:stream on what is no push iterator, or yield used for something else", `
The last parameter takes the values, one call each, and reports whether to go on; the results are none
or an error. In the async form it is no func value: the function calls it itself, or passes it on to
another function marked //async:stream.

	//async:stream
	func pages(urls []string) ([]string, error) { return urls, nil } // AG0105

	//async:stream
	func more(urls []string, yield func(string) bool) error {
		_ = slices.ContainsFunc(urls, yield) // AG0105
		return nil
	}

Call it in a loop:

	//async:stream
	func pages(urls []string, yield func(string) bool) error {
		for _, url := range urls {
			page, err := fetch(url)
			if err != nil || !yield(page) {
				return err
			}
		}
		return nil
	}
`},
	{Renamed, "go or defer of a function whose async form is renamed in another package", `
Only the body of such a function can be found from outside of its package, and these statements need
a future.

	-- lib/lib.go --
	package lib

	//async:func name=FetchLater
	func Fetch(url string) {}
	-- app.go --
	package app

	import "example.com/app/lib"

	//async:func
	func f(url string) {
		go lib.Fetch(url)   // AG0106
	}

Put a literal around the call, which awaits the body:

	-- lib/lib.go --
	package lib

	//async:func name=FetchLater
	func Fetch(url string) {}
	-- app.go --
	package app

	import "example.com/app/lib"

	//async:func
	func f(url string) {
		go func() { lib.Fetch(url) }()
	}
`},
	{InLiteral, "an await in an ordinary function literal (warning)", `
The literal is called by code that cannot be suspended, so the await waits on whatever goroutine
runs it, and blocks a worker if that is one.

	//async:func
	func serve() {
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			fetch(r.URL.Path) // AG0201
		})
	}

Make it a block (rt.AsyncFunc, rt.AsyncValue), hand it to rt.SpawnBlocking, or say with //async:plain
that it runs on ordinary goroutines:

	//async:func
	func serve() {
		http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { //async:plain
			fetch(r.URL.Path)
		})
	}
`},
	{Overridden, "only one of a promoted pair is overridden (warning)", `
The type declares Get, but GetAsync comes from a field that it embeds: the two do different things,
so the call of Get is an ordinary one, which blocks.

	type cached struct{ *Client }

	func (c cached) Get(key string) (string, error) { return c.Client.Get(key) }

	//async:func
	func f(c cached) {
		c.Get("key")        // AG0202, AG0405
	}

Mark Get, or declare GetAsync beside it:

	type cached struct{ *Client }

	//async:func
	func (c cached) Get(key string) (string, error) { return c.Client.Get(key) }

	//async:func
	func f(c cached) {
		c.Get("key")
	}
`},
}
