package main

import (
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// fetch takes a second.
//
//async:func
func fetch(page string) (string, error) {
	rt.Sleep(time.Second)
	return "page " + page, nil
}

// composition fetches two pages, first one after the other, then at once.
//
//async:func
func composition() error {
	start := rt.Now()
	a, err := fetch("a") // a direct call is an await
	if err != nil {
		return err
	}
	b, err := fetch("b")
	if err != nil {
		return err
	}
	say("sequential: %s, %s: %s", a, b, since(start))

	start = rt.Now()
	a, b, err = rt.Join2(fetchAsync("a"), fetchAsync("b"))
	if err != nil {
		return err
	}
	say("parallel: %s, %s: %s", a, b, since(start))
	return nil
}
