package p

type yielder func(int, string) bool

func pairs(yield yielder) { yield(1, "a") }

type each0 func(func() bool)

func named[Y ~func(int) bool](seq func(Y), s each0) (sum int) {
	for k, v := range pairs {
		sum += k + len(v)
	}
	for k := range seq {
		sum += k
	}
	for range s {
		sum++
	}
	return sum
}
