package console

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"

	"github.com/asyncgen/asyncgen/rt"
)

// viewer looks at a runtime for all who watch it: they share what it has seen, while that is fresh.
//
//	look ──▶ seen a moment ago? ──yes──▶ the same bytes
//	                            ──no───▶ Metrics, Dump ──▶ bytes, fresh for 10 times as long as that took, and half a second at least
type viewer struct {
	r    *rt.Runtime
	opts []rt.DumpOption
	now  func() time.Time

	mu    sync.Mutex
	seen  []byte
	until time.Time // when seen is fresh
}

func newViewer(r *rt.Runtime, opts ...rt.DumpOption) *viewer {
	return &viewer{r: r, opts: append(opts, rt.DumpJSON(), rt.DumpByPlace()), now: time.Now}
}

// The bounds of what a page gets, and of how often.
const (
	mostPlaces = 500 // in one answer
	freshFor   = 500 * time.Millisecond
	share      = 10 // of the time, one part is for looking
)

// state is what the page shows.
type state struct {
	Time    time.Time            `json:"time"`
	Metrics rt.Metrics           `json:"metrics"`
	Times   map[string]quantiles `json:"times"` // turns and delays, with the option Histograms
	Tasks   seen                 `json:"tasks"`
	LeftOff int                  `json:"leftOff"` // places that are not in Tasks
}

// seen is what Dump writes.
type seen struct {
	Runtime   string         `json:"runtime"`
	Listed    int            `json:"listed"`
	NotListed uint64         `json:"notListed"`
	Places    []rt.PlaceInfo `json:"places"`
	BlockOn   []rt.PlaceInfo `json:"blockOn"`
	Cycles    [][]string     `json:"cycles"`
}

// quantiles are durations in nanoseconds.
type quantiles struct {
	Median time.Duration `json:"median"`
	P99    time.Duration `json:"p99"`
}

// look gives a state as JSON, which is not to be changed.
func (v *viewer) look() ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	start := v.now()
	if start.Before(v.until) {
		return v.seen, nil
	}
	s := state{Time: start, Metrics: v.r.Metrics(), Times: map[string]quantiles{}}
	for name, h := range map[string]rt.Histogram{"turn": s.Metrics.TurnTime, "delay": s.Metrics.Delay} {
		if h.N() > 0 {
			s.Times[name] = quantiles{h.Quantile(0.5), h.Quantile(0.99)}
		}
	}
	var text bytes.Buffer
	if err := v.r.Dump(&text, v.opts...); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text.Bytes(), &s.Tasks); err != nil {
		return nil, err
	}
	if n := len(s.Tasks.Places); n > mostPlaces {
		s.Tasks.Places, s.LeftOff = s.Tasks.Places[:mostPlaces], n-mostPlaces
	}
	out, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	end := v.now()
	v.seen, v.until = out, end.Add(max(freshFor, (share-1)*end.Sub(start)))
	return out, nil
}
