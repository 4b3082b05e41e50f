package p

// An error of the user's: it needs a type for each n.
func nest[T any](x T, n int) any {
	if n == 0 {
		return x
	}
	return nest([]T{x}, n-1)
}
