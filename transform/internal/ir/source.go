package ir

import "go/types"

// A Source is something that the marked function names and that tells the compiler a type which the
// package cannot write. A variable of such a type is declared without it, by inference:
//
//	x := lib.Open("a")    // of the type lib.hidden: lib.Open tells it
//
// It is one of
//
//	lib.Open                   a function            Obj, and Args where it is generic
//	lib.Limit, lib.Default     a constant, variable  Obj
//	x.Next, (*lib.T).Next      a method              Obj, From: the type that has it
//	x.F                        a field               Obj, From: the struct
//	x, of the type lib.List    a type with a name    From, whose underlying type is []lib.hidden
type Source struct {
	Obj  types.Object
	Args []types.Type
	From types.Type
	Type types.Type // what has the hidden types in it; of a method it is the signature without a receiver

	Tells []types.Type // the hidden types that it is the first to tell
	Needs []types.Type // those in From and Args, which others tell
}
