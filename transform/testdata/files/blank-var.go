package p

func blank(f float64, p *int, g func() (int, error)) {
	var _ float64 = f
	var _ any = f
	var _, x = *p, 3
	var _, err error = nil, nil
	var _, _ any = g()
	var _ *int = p
	var _ func() = nil
	var _ []int
	_, _ = x, err
}
