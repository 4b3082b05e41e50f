package p

func squelch() {
	defer func() {
		defer recover()
		println()
	}()
	panic(1)
}
