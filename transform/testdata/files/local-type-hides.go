package p

// The type parameters of a local type hide those of the function.
func fix[E ~func(F) F, F ~func(T) R, T, R any](f E) F {
	type self[F ~func(T) R, T, R any] func(self[F, T, R]) F
	g := func(h self[F, T, R]) F {
		return func(t T) R { return f(h(h))(t) }
	}
	return g(g)
}

func lists[T any](x T) any {
	type (
		list[T any] struct {
			x    T
			next *list[T]
		}
		pair[U any] struct {
			t T
			u list[U]
		}
	)
	return pair[int]{x, list[int]{x: 1}}
}

func blankParam[_ int](b bool) {
	f := func(x bool) bool { return x }(b)
	_ = f
}
