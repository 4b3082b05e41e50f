package p

type file struct{ name string }

func (f *file) close() {}

func release(f *file, why string) {}

// What a deferred call names is declared in a statement that has no await.
func conditional(names []string) int {
	if len(names) > 0 {
		f := &file{names[0]}
		defer f.close()
	}
	if len(names) > 1 {
		f := &file{names[1]}
		defer release(f, "second")
	}
	for _, name := range names {
		f := &file{name}
		defer f.close()
	}
	switch {
	case len(names) > 2:
		f, why := &file{names[2]}, "third"
		defer release(f, why)
	}
	return len(names)
}
