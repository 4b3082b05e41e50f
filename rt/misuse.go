package rt

import (
	"io"
	"strings"
)

// What rt says about a call that cannot be has one form: whose it is, what is wrong, and what to do.
//
//	rt: Join2 is polled after it was ready: a future has one result, …

// misuse is such a message.
func misuse(who, what, todo string) string {
	return "rt: " + strings.TrimPrefix(who, "rt.") + " " + what + ": " + todo
}

func nilFuture(who string) string {
	return misuse(who, "of a nil future", "give it what an async form returns, as SleepAsync(d)")
}

func nilFunction(who string) string {
	return misuse(who, "of a nil function", "give it the code to run")
}

func nilStream(who string) string {
	return misuse(who, "of a nil stream", "give it what a function marked //async:stream returns, or Merge() for one that is empty")
}

func nilContext(who string) string {
	return misuse(who, "with a nil context", "give it context.Background() if nothing ends it")
}

func nilOption(who string) string {
	return misuse(who, "with a nil option", "leave it out")
}

// nilMade gives a future or stream that a function of the user's has made, and panics if it is nil.
func nilMade(who, what string) string {
	return misuse(who, "has got a nil "+what+" from its function", "a function that has nothing to wait for gives Ready(v), or Fail(err)")
}

// nilReceiver is for a method of a pointer that is nil; made says where one comes from.
func nilReceiver(who, made string) string {
	return misuse(who, "with a nil receiver", made)
}

// need panics if r is nil, for its method who.
func (r *Runtime) need(who string) {
	if r == nil {
		panic(nilReceiver("Runtime."+who, "New and Default give a runtime"))
	}
}

// needWriter panics if w is nil.
func needWriter(who string, w io.Writer) {
	if w == nil {
		panic(misuse(who, "of a nil writer", "give it os.Stderr, or a buffer"))
	}
}

// What is wrong with a poll or a cancel, as all futures of rt say it.
const (
	afterReady  = "after it was ready"
	afterGone   = "after it was cancelled or has panicked"
	whilePolled = "while it is being polled"

	afterSpawned   = "after it was spawned"
	afterCancelled = "after it was cancelled"
)

// remedies say what to do instead.
var remedies = map[string]string{
	afterReady:     "a future gives its result once; make another one for each await, or Spawn it: a handle may be awaited by many",
	afterGone:      "make another one",
	afterCancelled: "make another one",
	whilePolled:    "a future has one owner; Spawn it to await it in several places, by its handle",
	afterSpawned:   "await the handle that Spawn gives",
}

// misused panics about a poll or cancel of the future who that cannot be.
func misused(who, what, when string) { panic(misuse(who, "is "+what+" "+when, remedies[when])) }

// misusedBy is misused with what to do: the usual, if it is empty.
func misusedBy(who, what, when, todo string) {
	if todo == "" {
		todo = remedies[when]
	}
	panic(misuse(who, "is "+what+" "+when, todo))
}

// passed panics about a future that is given to the function by and belongs to somebody else.
func passed(who, by, when string) {
	panic(misuse(who, "is passed to "+by+" "+when, remedies[when]))
}

// need panics if there is no Context: cx is that of a poll of the future who.
func (cx *Context) need(who string) {
	if cx == nil {
		panic(misuse(who, "is polled with a nil Context", "NewContext makes one to poll by hand, Await and BlockOn need none"))
	}
}
