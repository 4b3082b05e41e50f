package task

import (
	"bufio"
	"encoding/json"
	"slices"
	"time"
)

// PlaceInfo is the tasks that wait in one place: their chains are the same, but for the values of variables.
type PlaceInfo struct {
	Count     int           `json:"count"`
	Status    string        `json:"status"`              // as in [TaskInfo]
	Function  string        `json:"function"`            // the outermost function
	Origin    string        `json:"origin,omitempty"`    // where they were spawned, with the option [Origins]
	LeastWait time.Duration `json:"leastWait,omitempty"` // for how long they wait, in nanoseconds, with that option
	MostWait  time.Duration `json:"mostWait,omitempty"`
	Chain     []Call        `json:"chain,omitempty"` // the calls that they are in, the innermost first; none if they are ready
	Some      []TaskInfo    `json:"some"`            // five of them at most
}

// writePlaces writes the tasks by the places where they wait, as JSON.
func (d *Dumper) writePlaces(w *bufio.Writer) error {
	tasks, goroutines := paragraphs{some: true}, paragraphs{some: true}
	d.each(func(info *TaskInfo) { tasks.add(info, info.function(), info.label()) })
	for _, s := range d.r.waitingGoroutines() {
		goroutines.add(d.in.goroutine(s), "BlockOn", "")
	}
	return json.NewEncoder(w).Encode(struct {
		Runtime   string      `json:"runtime"`
		Listed    int         `json:"listed"`
		NotListed uint64      `json:"notListed"`
		Places    []PlaceInfo `json:"places"`
		BlockOn   []PlaceInfo `json:"blockOn"`
		Cycles    [][]string  `json:"cycles"`
	}{d.r.Name, d.seen, d.notListed(), tasks.places(), goroutines.places(), d.cycles()})
}

// places is all of them, the largest first.
func (ps *paragraphs) places() []PlaceInfo {
	places := []PlaceInfo{}
	for _, p := range ps.sorted() {
		place := PlaceInfo{
			Count: p.n, Status: p.status, Function: p.first.Name, Origin: p.first.Origin,
			LeastWait: p.least, MostWait: p.most, Chain: withoutLocals(p.first.Chain), Some: p.some,
		}
		if p.first.task != nil {
			place.Function = p.first.function()
		}
		places = append(places, place)
	}
	return places
}

// clone is a copy that is kept: the chain is that of the next task, soon.
func (t *TaskInfo) clone() TaskInfo {
	c := *t
	c.Chain = slices.Clone(t.Chain)
	return c
}

// withoutLocals is a copy of calls without the values of variables.
func withoutLocals(calls []Call) []Call {
	calls = slices.Clone(calls)
	for i := range calls {
		c := &calls[i]
		c.Locals, c.Branches = nil, slices.Clone(c.Branches)
		for j := range c.Branches {
			c.Branches[j] = withoutLocals(c.Branches[j])
		}
	}
	return calls
}
