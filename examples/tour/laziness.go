package main

import "github.com/asyncgen/asyncgen/rt"

//async:func
func greet(who string) string {
	say("greeting %s", who)
	return "hello, " + who
}

// laziness makes two futures and awaits one. The other never runs.
//
//async:func
func laziness() error {
	first := greetAsync("Ada")
	_ = greetAsync("nobody")
	say("two futures are made")
	v, err := rt.Await(first)
	say("got %q", v)
	return err
}
