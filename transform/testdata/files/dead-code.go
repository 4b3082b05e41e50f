package p

// What is read in dead code alone.
func dead() {
	var p *int
	for {
		x := 0
		func(q *int) { p = q }(&x)
	}
	_ = p
}
