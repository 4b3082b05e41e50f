package sched

import "testing"

func TestPace(t *testing.T) {
	p := Pace{Interval: MaxInterval}
	at, turns := int64(1), uint32(0)
	look := func(n uint32, each int64) {
		turns += n
		at += int64(n) * each
		p.Look(turns, at)
	}
	look(MaxInterval, millisecond)
	if p.Interval != MaxInterval {
		t.Error("the first look knows nothing")
	}
	look(MaxInterval, millisecond)
	if p.Interval != 1 {
		t.Error("slow turns do not count at once:", p.Interval)
	}
	look(1, 10*millisecond)
	look(1, 0)
	if p.Interval != 2 {
		t.Error("a quick turn counts for many:", p.Interval)
	}
	for range 5 {
		look(p.Interval, 50)
	}
	if p.Interval != MaxInterval {
		t.Error("quick turns do not count:", p.Interval)
	}
	look(MaxInterval, millisecond/20)
	if p.Interval != 20 {
		t.Error("turns of 50 microseconds are looked at after", p.Interval)
	}
}
