package p

type named int

// Local types of a function that may have no await at all.
func local() any {
	type point struct{ x, y int }
	type again = point
	type embeds struct{ *named }
	type hide named
	p, q := point{1, 2}, again{3, 4}
	var e embeds
	{
		type inner any
		var v inner = hide(1)
		_ = v
	}
	return []any{p, q, e}
}

func generic[T any](x T) any {
	type box struct{ x T }
	b := box{x}
	return b
}
