package rttest

import "flag"

var (
	seedFlag    = flag.Uint64("rttest.seed", 0, "run the simulation of this `seed` only")
	choicesFlag = flag.String("rttest.choices", "", "run the schedule with these `choices` only, numbers with commas, in rttest.Exhaustive")
)

// Option is an option of [Run] and the other functions that run a simulation.
type Option func(*config)

type config struct {
	seed   uint64
	seeded bool
	leaks  bool
	outer  bool
	turns  int
	runs   int
	checks []func() error
	faults Faults
}

// apply gives what the options say together, on top of what c says.
func (c config) apply(opts []Option) config {
	for _, f := range opts {
		f(&c)
	}
	return c
}

// Seed runs the simulation of this seed. Without it, [Run] takes another one each time. The flag -rttest.seed counts
// for more.
func Seed(n uint64) Option { return func(c *config) { c.seed, c.seeded = n, true } }

// AllowLeaks lets tasks be left when the body ends. They are cancelled as always, and have their cleanup.
func AllowLeaks() Option { return func(c *config) { c.leaks = true } }

// Outside says that something which the runtime does not know of may wake tasks: a goroutine that was started
// before, a time.AfterFunc. Then a deadlock is not seen, and the test waits.
func Outside() Option { return func(c *config) { c.outer = true } }

// Check has f called after each run, when all tasks have ended; its error fails the test. It is for what the code
// has to leave as it found it:
//
//	rttest.Check(func() error {
//		if n := sem.Available(); n != 3 {
//			return fmt.Errorf("%d permits", n)
//		}
//		return nil
//	})
func Check(f func() error) Option { return func(c *config) { c.checks = append(c.checks, f) } }

// MaxTurns sets after how many turns of tasks a run is given up, as one that never ends. The default is a million, and
// ten thousand for [Exhaustive] and [CancelEverywhere].
func MaxTurns(n int) Option { return func(c *config) { c.turns = n } }

// MaxRuns sets how many schedules [Exhaustive] runs at most, and in how many places [CancelEverywhere] cancels. If there
// are more, the test fails, so that it does not pass for something that it is not. The default is a hundred thousand.
func MaxRuns(n int) Option { return func(c *config) { c.runs = n } }
