package task

import (
	"io"
	"strings"
)

// What rt says about a call that cannot be has one form: whose it is, what is wrong, and what to do.
//
//	rt: Join2 is polled after it was ready: a future has one result, …

// Misuse is such a message.
func Misuse(who, what, todo string) string {
	return "rt: " + strings.TrimPrefix(who, "rt.") + " " + what + ": " + todo
}

func NilFuture(who string) string {
	return Misuse(who, "of a nil future", "give it what an async form returns, as SleepAsync(d)")
}

func NilFunction(who string) string {
	return Misuse(who, "of a nil function", "give it the code to run")
}

func NilStream(who string) string {
	return Misuse(who, "of a nil stream", "give it what a function marked //async:stream returns, or Merge() for one that is empty")
}

func NilContext(who string) string {
	return Misuse(who, "with a nil context", "give it context.Background() if nothing ends it")
}

func NilOption(who string) string {
	return Misuse(who, "with a nil option", "leave it out")
}

// NilMade gives a future or stream that a function of the user's has made, and panics if it is nil.
func NilMade(who, what string) string {
	return Misuse(who, "has got a nil "+what+" from its function", "a function that has nothing to wait for gives Ready(v), or Fail(err)")
}

// NilReceiver is for a method of a pointer that is nil; made says where one comes from.
func NilReceiver(who, made string) string {
	return Misuse(who, "with a nil receiver", made)
}

// NeedWriter panics if w is nil.
func NeedWriter(who string, w io.Writer) {
	if w == nil {
		panic(Misuse(who, "of a nil writer", "give it os.Stderr, or a buffer"))
	}
}

// What is wrong with a poll or a cancel, as all futures of rt say it.
const (
	AfterReady  = "after it was ready"
	AfterGone   = "after it was cancelled or has panicked"
	WhilePolled = "while it is being polled"

	afterSpawned   = "after it was spawned"
	afterCancelled = "after it was cancelled"
)

// remedies say what to do instead.
var remedies = map[string]string{
	AfterReady:     "a future gives its result once; make another one for each await, or Spawn it: a handle may be awaited by many",
	AfterGone:      "make another one",
	afterCancelled: "make another one",
	WhilePolled:    "a future has one owner; Spawn it to await it in several places, by its handle",
	afterSpawned:   "await the handle that Spawn gives",
}

// Misused panics about a poll or cancel of the future who that cannot be.
func Misused(who, what, when string) { panic(Misuse(who, "is "+what+" "+when, remedies[when])) }

// misusedBy is misused with what to do: the usual, if it is empty.
func misusedBy(who, what, when, todo string) {
	if todo == "" {
		todo = remedies[when]
	}
	panic(Misuse(who, "is "+what+" "+when, todo))
}

// passed panics about a future that is given to the function by and belongs to somebody else.
func passed(who, by, when string) {
	panic(Misuse(who, "is passed to "+by+" "+when, remedies[when]))
}

// NeedContext panics if there is no Context: cx is that of a poll of the future who.
func NeedContext(cx *Context, who string) {
	if cx == nil {
		panic(Misuse(who, "is polled with a nil Context", "NewContext makes one to poll by hand, Await and BlockOn need none"))
	}
}
