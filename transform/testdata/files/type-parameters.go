package p

type S struct{ n int }

// A constraint that would be read as the length of an array.
func pointer[P *S]() []P { return []P{{n: 1}} }

func union[P *S | *int](p P) P { return p }

func two[P, Q *S](p P, q Q) {}

// A type parameter with a name that generated code likes.
func named[b, m, w, cx any](x b, y m, z w, c cx) (b, m, w) { return x, y, z }

type pair[b, m any] struct {
	b b
	m m
}

func (p pair[b, m]) get() (b, m) { return p.b, p.m }
