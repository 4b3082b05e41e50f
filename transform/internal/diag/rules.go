package diag

// The ids of the rules. An id never changes its meaning.
const (
	UnknownWord   = "AG0001"
	BadOption     = "AG0002"
	Misplaced     = "AG0003"
	Unmarkable    = "AG0004"
	NoBody        = "AG0005"
	Linked        = "AG0006"
	UsesCgo       = "AG0007"
	Collision     = "AG0008"
	TooManyValues = "AG0009"
	ErrorAlias    = "AG0010"
	NoRuntime     = "AG0011"
	NearMiss      = "AG0013"
	Pragma        = "AG0014"
	LeftOut       = "AG0015"

	Unnameable  = "AG0102"
	Callback    = "AG0103"
	UnknownNode = "AG0104"
	Stream      = "AG0105"
	Renamed     = "AG0106"

	InLiteral  = "AG0201"
	Overridden = "AG0202"

	NotOurs     = "AG0301"
	HandEdited  = "AG0302"
	CannotWrite = "AG0303"
	Stale       = "AG0304"

	Dropped       = "AG0401"
	BlockingValue = "AG0402"
	BlockingChan  = "AG0403"
	BlockingCall  = "AG0404"
	BlockingFunc  = "AG0405"
	LockHeld      = "AG0406"
	Lent          = "AG0407"
	HotLoop       = "AG0408"
	UsedAfter     = "AG0409"
	UnmarkedBlock = "AG0410"

	Internal = "AG0901"
)

// UnnameableHint is the way out of [Unnameable].
const UnnameableHint = "convert it to an interface, or use it in a function of its own"

// A Rule explains what an id means.
type Rule struct {
	ID    string
	Title string
	Text  string // an example, and the way out
}

// Rules are all rules, by id: directives from AG0001, constructs from AG0102, likely mistakes from
// AG0201, files from AG0301, what asyncgen vet finds from AG0401.
var Rules = []Rule{
	{UnknownWord, "unknown word after //async:", `
The words are func (on a function), stream (on a push iterator) and plain (on a function literal).

	//async:function        // AG0001
	func f() {}
`},
	{BadOption, "an option of //async:func that cannot be used", `
The options are name=Identifier, which renames the async form, and await=p,q, which lists
parameters that are called as awaits. Each may be given once.

	//async:func name=2nd   // AG0002: not an identifier
	func f() {}
`},
	{Misplaced, "a directive that belongs to nothing", `
//async:func and //async:stream stand in the doc comment of a function, with no empty line
between. //async:plain stands on the line where a function literal begins, or on the line before.

	//async:func            // AG0003: the next line is empty

	func f() {}
`},
	{Unmarkable, "a function that cannot have an async form", `
init and main are called by Go alone, a function named _ by nobody, and go test would take
TestFooAsync for a test. Move the body to a function of its own and mark that.

	//async:func            // AG0004
	func main() { serve() }
`},
	{NoBody, "a function without a body", `
A function that is written in assembly, or linked from elsewhere, has no source that could be
transformed. Mark a function that calls it.
`},
	{Linked, "a function that is exported or linked by name", `
//export and //go:linkname make a function known under a name outside of Go, which its async form
cannot have. Mark a function that it calls.
`},
	{UsesCgo, "a marked function that uses C", `
cgo translates the file before the compiler sees it, so a generated file cannot use C. Move what
uses C to a function of its own; the marked function may call that.
`},
	{Collision, "a name that generated code needs is taken", `
For func f asyncgen makes fAsync, and fRun for generated code. Where the package, or the type of a
method, declares one of these, rename it; the async form can also be renamed.

	func fAsync() {}        // taken
	//async:func            // AG0008
	func f() {}

	//async:func name=fLater
	func f() {}             // well
`},
	{TooManyValues, "more than three values", `
A future carries one value, a rt.Pair or a rt.Triple, and an error. Return a struct instead.

	//async:func            // AG0009
	func f() (a, b, c, d int, err error)
`},
	{ErrorAlias, "a last result that is error under another name", `
Only a last result that is written error is the error of the future. An alias of error would be
both; write error.
`},
	{NoRuntime, "the runtime is not there", `
Generated code needs package github.com/asyncgen/asyncgen/rt. Add the module with
go get github.com/asyncgen/asyncgen.
`},
	{NearMiss, "a comment that looks like a directive (warning)", `
A directive has no space after // and none around the colon.

	// async:func           // AG0013
	func f() {}
`},
	{Pragma, "a compiler directive that the async form does not have (warning)", `
The blocking form keeps its //go: lines; generated functions have none of them.
`},
	{LeftOut, "a file with marked functions that this build leaves out (warning)", `
Its build constraints do not fit, and it has no generated file yet. Run asyncgen with the GOOS,
GOARCH or -tags of that file as well.
`},
	{Unnameable, "a type that has to be written here, and cannot be named", `
A variable may have a type that this package cannot name: one that another package does not export, or
one of an internal package. Generated code declares it by inference, from the function, method, field
or constant that gives the type. Refused are the places where that does not help:

	x := t.F              // AG0102, where F is promoted through a pointer to an unexported struct
	m := lib.Table{"a": {N: f()}}      // AG0102: {N: …} has a hidden type, and f awaits
	o := lib.Options{On: a > b && c > f()}   // AG0102: On has a hidden boolean type
	once(lib.Make)        // AG0102, where once awaits its parameter, and lib.Make is an ordinary function

Convert the value to an interface, or keep it in a function of its own.
`},
	{Callback, "a parameter that awaits is used for something else", `
A parameter that await= names makes a future in the async form. It may be called, also in a block,
compared with nil, and passed on to another such parameter. Its type is written as func(…) ….

	//async:func await=op
	func f(op func() error) {
		g := op             // AG0103
	}

Nor can a type argument make its last result an error: in the call, once would have to await a value.

	//async:func await=op
	func once[T any](op func() T) T

	err := once(check)      // AG0103, where check is func() error
`},
	{UnknownNode, "a construct that asyncgen does not know", `
The Go version is newer than asyncgen.
`},
	{Stream, "//async:stream on what is no push iterator, or yield used for something else", `
The last parameter takes the values, one call each, and says whether to go on; the results are none
or an error. In the async form it is no func value: the function calls it itself, or passes it on to
another function marked //async:stream.

	//async:stream
	func pages(url string, yield func(Page) bool) error
`},
	{Renamed, "go or defer of a function whose async form is renamed in another package", `
Only the body of such a function can be found from outside of its package, and these statements need
a future. Put a literal around the call: it awaits the body.

	go lib.Fetch(url)                  // AG0106 where lib has //async:func name=FetchLater
	go func() { lib.Fetch(url) }()
`},
	{InLiteral, "an await in an ordinary function literal (warning)", `
The literal is called by code that cannot be suspended, so the await waits on whatever goroutine
runs it, and blocks a worker if that is one. Make it a block (rt.AsyncFunc, rt.AsyncValue), hand it
to rt.SpawnBlocking, or say with //async:plain that it runs on ordinary goroutines.

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { //async:plain
		page, err := load(r.URL.Path)
		…
	})
`},
	{Overridden, "only one of a promoted pair is overridden (warning)", `
The type declares Get, but GetAsync comes from a field that it embeds: the two do different things,
so the call of Get is an ordinary one, which blocks. Mark Get, or declare GetAsync beside it.
`},
	{NotOurs, "a file of yours has the name of a generated file", `
x_async.go belongs to x.go. Rename one of them.
`},
	{HandEdited, "a generated file was edited", `
The second line of a generated file is a checksum. It does not fit, so the file has changes that
would be lost. Make them in the source, delete the generated file, and run asyncgen again.
`},
	{CannotWrite, "a file cannot be written", `
Nothing on disk has changed.
`},
	{Stale, "a marked function without its async form (vet)", `
The generated file is missing or older than its source. Run asyncgen; asyncgen check in CI finds it.
`},
	{Dropped, "a future or handle that nobody uses (vet)", `
A future does nothing until it is polled, so one that is dropped is a call that is not made. With a
handle the error of the task is lost, and its panic.

	saveAsync(x)          // AG0401
	_ = rt.Spawn(f)       // AG0401

	err := save(x)        // waits
	rt.Go(saveAsync(x))   // a task that nobody waits for
`},
	{BlockingValue, "a call that waits behind a func value or an interface (vet)", `
asyncgen sees which function a call names, not what is in a variable. The call is an ordinary one, so
it blocks the worker with all tasks on it. It is reported where the package stores something that
waits in the variable, field or parameter, or where a type has both methods of which the interface
declares one.

	//async:func
	func each(urls []string, get func(string) error) error {
		for _, u := range urls {
			if err := get(u); err != nil { … }   // AG0402, with each(urls, fetch) somewhere
		}
	}

Name the parameter: //async:func await=get. Declare GetAsync in the interface beside Get.
`},
	{BlockingChan, "an operation on a native channel in async code (vet)", `
It waits on the worker, not in the task. A select with a default never waits, and is fine.

	v := <-ch             // AG0403
	v, ok := rt.Recv(ch)  // waits in the task

The channels of rtsync are made for tasks. rt.Sleep replaces time.After, rt.WithContext ctx.Done.
`},
	{BlockingCall, "a call that is known to block, in async code (vet)", `
time.Sleep, sync.WaitGroup.Wait, network and file operations keep the worker from other tasks.

	os.ReadFile(name)                             // AG0404
	rt.Blocking(ctx, func(context.Context) ([]byte, error) { return os.ReadFile(name) })

A lock of package sync is named only if the function does not unlock it: a short critical section is
fine.
`},
	{BlockingFunc, "a call of a function that awaits and has no async form (vet)", `
	func pause() { rt.Sleep(time.Second) }

	//async:func
	func f() { pause() }  // AG0405: blocks a worker for a second

Mark it, and each function between: then the call is an await.
`},
	{LockHeld, "a sync lock that is held across an await (vet)", `
Other tasks run during the await. One that wants the lock blocks its worker; when all workers wait for
it, the task that has it cannot go on.

	mu.Lock()             // AG0406
	defer mu.Unlock()
	rt.Sleep(d)

Unlock it before the await, or use rtsync.Mutex, whose Lock is an await.
`},
	{Lent, "a lent future that its owner neither awaits nor cancels (vet)", `
rt.Borrow lets a future lose a choice and go on. Nobody but its owner cancels it.

	next := recvAsync()
	defer rt.Cancel(next) // without this line: AG0407
	c := rt.Select2(rt.Borrow(next), rt.SleepAsync(d))
`},
	{HotLoop, "a loop without an await that keeps its worker (vet)", `
A loop that never ends, or that waits for something which others change, takes a worker for itself.

	for !ready.Load() {   // AG0408
	}
	for !ready.Load() {
		rt.Yield()
	}

Better than to ask again and again is to wait: rtsync has Notify and Watch.
`},
	{UsedAfter, "a future that is used after it was passed on (vet)", `
Await, Join, Select, Race, Timeout, Spawn and the like take a future over; using it later panics.

	f := fAsync()
	c := rt.Select2(f, rt.SleepAsync(d))
	rt.Await(f)           // AG0409: cancelled, if it has lost

Lend it to the first: rt.Select2(rt.Borrow(f), …). The handle of a task may be awaited many times.
`},
	{UnmarkedBlock, "a block in a function that is not marked (vet)", `
The block of rt.AsyncFunc, rt.AsyncValue or Group.Go becomes a state machine in a marked function. In
any other it has a goroutine of its own, which takes turns with whoever polls it. Mark the function.
`},
	{Internal, "a mistake in asyncgen", `
A pass failed. Please report it with the function, and the output of -dump. Without the directive
on that function, everything else can be generated.
`},
}
