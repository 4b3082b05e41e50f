package transform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform"
)

// statesSource is source in which each line that awaits says which state it is.
const statesSource = `package sized

import "github.com/asyncgen/asyncgen/rt"

type client struct{ n int }

//async:func
func (c *client) get(n int) (int, error) { // start
	rt.Yield() // Yield
	return c.n + n, nil
}

//async:stream
func count(n int, yield func(int) bool) error { // start
	for i := range n {
		if !yield(i) { // yield
			return nil
		}
	}
	return nil
}

//async:func
func each(c *client, f rt.Future[int], n int) (sum int, err error) { // start
	defer func() { // exit's call
		rt.Yield()
	}()
	x, err := rt.Await(f) // f
	if err != nil {
		return 0, err
	}
	y, err := c.get(
		rt.Must(rt.Await(rt.Ready(1))), // Ready
	)
	for v := range rt.Each(countStream(n)) { // Next, Stop
		sum += v
		if err := rt.SleepUntil; err == nil {
			break
		}
	}
	a, b := add(c, // add
		x), func() int { return 1 }()
	for sum < n {
		rt.Yield() // Yield
		v, err := c.get(sum) // get2
		sum += v
		if err != nil {
			return sum, err
		}
	}
	return sum + a + b + y, err
}

//async:func
func add(c *client, n int) int { // start
	v, _ := c.get(n) // get
	return v + 1
}
`

// TestB6_89_States compares the states of machines with the lines of the source, and finds them again,
// with the same numbers and names, when the source around them has changed.
func TestB6_89_States(t *testing.T) {
	want := map[string]string{
		"client.get": "start:8 Yield:9",
		"count":      "start:14 yield:16",
		"each": "start:24 f:28 Ready:33 get:32 Next:35 Stop:35 add:41 Yield:44 get2:45 " +
			"exit:52 Stop2:35 lit1:25",
		"each.lit1": "start:25", // its frame is that of Yield
		"add":       "start:55 get:56",
	}
	compare := func(machines map[string]transform.Machine, shift func(line int) int) {
		t.Helper()
		if len(machines) != len(want) {
			t.Errorf("%d machines, want %d", len(machines), len(want))
		}
		for name, states := range want {
			var shifted []string
			for _, s := range strings.Fields(states) {
				state, at, _ := strings.Cut(s, ":")
				line := 0
				fmt.Sscan(at, &line)
				shifted = append(shifted, fmt.Sprintf("%s:%d", state, shift(line)))
			}
			var got []string
			for _, s := range machines[name].States {
				got = append(got, fmt.Sprintf("%s:%d", s.Name, s.Line))
			}
			if !slices.Equal(got, shifted) {
				t.Errorf("%s has the states\n%s, want\n%s", name, got, shifted)
			}
		}
	}
	compare(inspectSource(t, statesSource), func(line int) int { return line })

	changed := strings.Replace(statesSource, "type client struct{ n int }\n", "// A client has n.\ntype client struct{ n, m int }\n\nfunc other() {}\n", 1)
	changed = strings.Replace(changed, "\tfor sum < n {\n", "\tif sum > 100 {\n\t\tsum = 100\n\t}\n\tfor sum < n {\n", 1)
	compare(inspectSource(t, changed), func(line int) int {
		switch {
		case line > 42:
			return line + 6
		}
		return line + 3
	})
}
