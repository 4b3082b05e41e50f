package main

import (
	"errors"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

type session struct{ user string }

// close says goodbye, which takes a round trip.
//
//async:func
func (s *session) close() {
	say("%s: bye", s.user)
	rt.Sleep(10 * time.Millisecond)
	say("%s: the server has said bye as well", s.user)
}

//async:func
func talk(s *session, d time.Duration) error {
	defer s.close() // an await that runs on return, on panic, and when talk is cancelled
	say("%s: talking", s.user)
	rt.Sleep(d)
	return nil
}

//async:func
func cleanup() error {
	if err := talk(&session{"ann"}, time.Millisecond); err != nil {
		return err
	}
	_, err := rt.Timeout(20*time.Millisecond, talkAsync(&session{"bob"}, time.Hour))
	if !errors.Is(err, rt.ErrTimeout) {
		return err
	}
	say("bob: cancelled, and cleaned up")
	return nil
}
