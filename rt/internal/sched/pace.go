package sched

// Pace says when a worker looks at its timers and into the injector, though it has
// work of its own: after about a millisecond. As reading the clock costs as much as a
// turn may, it counts turns, of which it knows from the last time how long they take.
type Pace struct {
	Interval uint32 // look after so many turns
	looked   uint32 // turns at the last look
	at       int64  // the time of the last look; 0: it has been parked since
}

// MaxInterval is the most turns between two looks.
const MaxInterval = 61

// millisecond is one, as time is counted here: in nanoseconds.
const millisecond = int64(1e6)

// Due reports whether it is time for a look, after so many turns.
func (p *Pace) Due(turns uint32) bool { return turns-p.looked >= p.Interval }

// Parked notes that there are no turns for a while.
func (p *Pace) Parked() { p.at = 0 }

// Look notes a look at the time now. Slow turns count at once, quick ones by and by: of
// turns that take now long, now short, those that are short prove nothing.
func (p *Pace) Look(turns uint32, now int64) {
	if n := int64(turns - p.looked); p.at != 0 && n > 0 {
		each := (now - p.at) / n
		p.Interval = min(uint32(millisecond/max(each, millisecond/MaxInterval)), 2*p.Interval, MaxInterval)
		p.Interval = max(p.Interval, 1)
	}
	p.looked, p.at = turns, now
}
