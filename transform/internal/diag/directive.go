package diag

var directiveRules = []Rule{
	{UnknownWord, "unknown word after //async:", `
The words are func (on a function), stream (on a push iterator) and plain (on a function literal).

	//async:function        // AG0001
	func f() {}

Write it so:

	//async:func
	func f() {}
`},
	{BadOption, "an option of a directive that cannot be used", `
The options are name=Identifier, which renames the async form, and await=p,q, which lists
parameters that are called as awaits. Each may be given once.

	//async:func name=2nd   // AG0002: not an identifier
	func f() {}

Write it so:

	//async:func name=Later
	func f() {}
`},
	{Misplaced, "a directive that belongs to nothing", `
//async:func and //async:stream stand in the doc comment of a function, with no empty line
between. //async:plain stands on the line where a function literal begins, or on the line before.

	//async:func            // AG0003: the next line is empty

	func f() {}

Without the empty line it is the function's:

	//async:func
	func f() {}
`},
	{Unmarkable, "a function that cannot have an async form", `
init and main are called by Go alone, a function named _ by nobody, and go test would take
TestFooAsync for a test.

	package main

	//async:func
	func main() {           // AG0004
		rt.Sleep(time.Second)
	}

Move the body to a function of its own and mark that:

	package main

	func main() { serve() }

	//async:func
	func serve() { rt.Sleep(time.Second) }
`},
	{NoBody, "a function without a body", `
A function that is written in assembly, or linked from elsewhere, has no source that could be
transformed.

	//async:func
	func sum(a []int) int   // AG0005

Mark a function that calls it:

	func sum(a []int) int

	//async:func
	func total(a []int) int { return sum(a) }
`},
	{Linked, "a function that is exported or linked by name", `
//export and //go:linkname make a function known under a name outside of Go, which its async form
cannot have.

	//async:func
	//export Add            // AG0006
	func Add(a, b int) int { return a + b }

Mark a function that it calls:

	//export Add
	func Add(a, b int) int { return add(a, b) }

	//async:func
	func add(a, b int) int { return a + b }
`},
	{UsesCgo, "a marked function that uses C", `
cgo translates the file before the compiler sees it, so a generated file cannot use C.

	// #include <stdlib.h>
	import "C"

	//async:func
	func roll() int { return int(C.rand()) % 6 } // AG0007

Move what uses C to a function of its own; the marked function may call that:

	// #include <stdlib.h>
	import "C"

	func random() int { return int(C.rand()) }

	//async:func
	func roll() int { return random() % 6 }
`},
	{Collision, "a name that generated code needs is taken", `
For func f asyncgen makes fAsync, and fRun for generated code. The package, or the type of a method,
declares one of these. Generated code also needs names of the language, such as nil and int, which neither the package
nor an import of the file may have.

	func fAsync() {}

	//async:func
	func f() {}             // AG0008

Rename it, or the async form:

	func fAsync() {}

	//async:func name=fLater
	func f() {}

A generated method is promoted like any other. Where that changes what a name means for a type that embeds the
method's, it is said at the method:

	type T struct{}

	//async:func
	func (T) get() int { return 1 } // AG0008

	type B struct{ getRun int }

	type U struct {
		T
		B
	}

Rename the field, or the method, or embed only one:

	type T struct{}

	//async:func
	func (T) get() int { return 1 }

	type B struct{ getRun int }

	type U struct {
		T
		b B
	}

A local type that is embedded in a struct gives its name to the field. So that the field keeps it, the generated
code declares the type at package level by that name, which must mean nothing else there:

	type Event struct{ ID int }

	//async:func
	func f() int {
		type Event struct{ N int }
		var v struct{ Event } // AG0008
		return v.N
	}

Give the field a name, or the type another one:

	type Event struct{ ID int }

	//async:func
	func f() int {
		type Inner struct{ N int }
		var v struct{ Inner }
		return v.N
	}
`},
	{TooManyValues, "more than three values", `
A future carries one value, a rt.Pair or a rt.Triple, and an error.

	//async:func
	func f() (a, b, c, d int, err error) { return } // AG0009

Return a struct instead:

	type result struct{ a, b, c, d int }

	//async:func
	func f() (result, error) { return result{}, nil }
`},
	{ErrorAlias, "a last result that is error under another name", `
Only a last result that is written error is the error of the future. An alias of error would be
both.

	type failure = error

	//async:func
	func f() failure { return nil } // AG0010

Write error:

	//async:func
	func f() error { return nil }
`},
	{NoRuntime, "the runtime is not there", `
Generated code needs package github.com/asyncgen/asyncgen/rt.

	app.go:3 // AG0011
	-- go.mod --
	module example.com/app

	go 1.26
	-- app.go --
	package app

	//async:func
	func f() {}

Add the module to go.mod: go get github.com/asyncgen/asyncgen.
`},
	{OldLanguage, "a file of a language before go1.21", `
The generated file has the language of its source, and needs go1.21. A module that requires asyncgen
has it; one that is only a part of a workspace may not. Run go mod edit -go=1.21 in that module, or put
//go:build go1.21 into the file.
`},
	{NearMiss, "a comment that looks like a directive", `
A directive has no space after // and none around the colon, and is in lower case. Go takes everything
else for prose, so the function would not be marked. It is an error where a function comes next, or
for //async:plain a literal.

	// async:func           // AG0013
	func f() {}

Write it so:

	//async:func
	func f() {}
`},
	{Pragma, "a compiler directive that the async form does not have (warning)", `
The blocking form keeps its //go: lines; generated functions have none of them.

	//async:func
	//go:noinline           // AG0014
	func f() {}

Nothing is wrong where only the blocking form needs it. Else put it on a function that this one calls:

	//async:func
	func f() { g() }

	//go:noinline
	func g() {}
`},
	{LeftOut, "a file with marked functions that this build leaves out (warning)", `
Its build constraints do not fit, and it has no generated file yet.

	-- app.go --
	package app
	-- app_plan9.go --
	package app             // AG0015

	//async:func
	func f() {}

Run asyncgen with the GOOS, GOARCH or -tags of that file as well: GOOS=plan9 asyncgen. asyncgen check looks at the
files of all builds, and says which command makes the generated ones. It is an error there where no build has
the file (//go:build linux && windows), or where one has it that only you can make: CGO_ENABLED=1 asyncgen check.
`},
}
