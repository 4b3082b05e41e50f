package main

import (
	"strings"

	"github.com/asyncgen/asyncgen/rt"
)

//async:func
func read(file string) (string, error) {
	say("read %s", file)
	rt.Yield()
	return "to be or not to be", nil
}

// words takes a future: when it is awaited, it awaits the step before.
//
//async:func
func words(text rt.Future[string]) ([]string, error) {
	s, err := rt.Await(text)
	if err != nil {
		return nil, err
	}
	say("split %q", s)
	return strings.Fields(s), nil
}

//async:func
func count(words rt.Future[[]string]) (map[string]int, error) {
	list, err := rt.Await(words)
	if err != nil {
		return nil, err
	}
	say("count %d words", len(list))
	counts := map[string]int{}
	for _, w := range list {
		counts[w]++
	}
	return counts, nil
}

//async:func
func pipeline() error {
	steps := countAsync(wordsAsync(readAsync("hamlet.txt")))
	say("the pipeline is built")
	counts, err := rt.Await(steps)
	say("%v", counts)
	return err
}
