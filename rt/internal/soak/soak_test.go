package main

import (
	"math/rand/v2"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
)

// Each scene holds alone, a few times; the command mixes them.
func TestScenes(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			for range 5 {
				seed := rand.Uint64()
				k := &soak{seed: seed}
				rng := rand.New(rand.NewPCG(seed, 0))
				r := k.newRuntime(rng)
				if _, err := rt.BlockOn(s.make(rng), rt.On(r)); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				if err := k.close(r); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
}
