package seetest

import "github.com/asyncgen/asyncgen/rt"

func explodes() { panic("BOOM") }

func burns() { panic("BOOM") }

// tidiesUp panics before it has waited, or after that; its deferred call waits.
//
//async:func
func tidiesUp(late bool) error {
	defer rt.Yield()
	if late {
		rt.Yield()
	}
	explodes()
	return nil
}

// tidiesUpTwice is tidiesUp with literals.
//
//async:func
func tidiesUpTwice() error {
	defer func() { rt.Yield() }()
	defer func() {
		rt.Yield()
		rt.Yield()
	}()
	explodes()
	return nil
}

// above has a deferred call that waits, as its callee has.
//
//async:func
func above(late bool) error {
	defer rt.Yield()
	err := tidiesUp(late)
	return err
}

// arms has the panic in an arm of a verb.
//
//async:func
func arms() error {
	_, _, err := rt.Join2(aboveAsync(true), rt.SleepAsync(0))
	return err
}

// recovers recovers from the panic when its deferred call has waited, and panics with the same value elsewhere.
//
//async:func
func recovers() error {
	recovered()
	rt.Yield()
	burns()
	return nil
}

//async:func
func recovered() {
	defer func() {
		rt.Yield()
		_ = recover()
		rt.Yield()
	}()
	explodes()
}

// replaces panics in its deferred call, which has waited, with the same value.
//
//async:func
func replaces() error {
	defer func() {
		rt.Yield()
		burns()
	}()
	explodes()
	return nil
}

// burnsLater panics when it has waited.
//
//async:func
func burnsLater() error {
	rt.Yield()
	burns()
	return nil
}
