package progen

// prelude is what programs begin with: types and iterators.
const prelude = `
type PREO struct { x, y int; list [3]int }

func (o *PREO) bump() int { o.x++; return o.x }

func (o PREO) sum() int { return o.x + 10*o.y + o.list[1] }

// each yields the list.
func (o *PREO) each(yield func(int, int) bool) {
	for i := range o.list {
		if !yield(i, o.list[i]) {
			return
		}
	}
}

type PREErr struct{ n int }

func (err PREErr) Error() string { return fmt.Sprint("error ", err.n) }

type PREKind int

const (
	PREA PREKind = iota + 1
	PREB
)

func (k PREKind) String() string { return fmt.Sprint("kind ", int(k)) }

type PRENum interface { ~int | ~int8 | ~float64 }

func PREIdx(n, size int) int { return (n%size + size) % size }

func PRECat(list ...any) string { return fmt.Sprint(list...) }

func PREPtr(e *env.Env, p *int) *int { e.Log("ptr %d", *p); return p }

func PRETotal(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// PREThree yields letters with their places.
func PREThree(yield func(int, string) bool) { _ = yield(0, "a") && yield(1, "b") && yield(2, "c") }

// PRETwo gives what PREAdd takes.
func PRETwo(e *env.Env, a, b int) (*env.Env, int, int) { return e, a, b }

// PREPut changes an entry, and gives what it was.
func PREPut(m map[string]int, k string, v int) int {
	old := m[k]
	m[k] = v
	return old
}

// PRESeq yields numbers, and says when it is left.
func PRESeq(e *env.Env, n int) iter.Seq[int] {
	e.Log("iterator of %d", n)
	return func(yield func(int) bool) {
		defer e.Log("iterator out")
		for i := range n {
			e.Log("iterator %d", i)
			if !yield(i) {
				return
			}
		}
		e.Log("iterator done")
	}
}

// PREWhile yields nothing, n times.
func PREWhile(e *env.Env, n int) func(func() bool) {
	return func(yield func() bool) {
		defer func() { e.Log("while out %d", n) }()
		for ; n > 0 && yield(); n-- {
		}
	}
}

// PREMapped yields what another iterator does, in a way of its own.
func PREMapped[K, V, W any](seq iter.Seq2[K, V], f func(K, V) W) iter.Seq[W] {
	return func(yield func(W) bool) {
		for k, v := range seq {
			if !yield(f(k, v)) {
				return
			}
		}
	}
}

// PREBad panics by itself.
func PREBad(yield func(string, int) bool) {
	if yield("only", 1) {
		panic("the iterator is bad")
	}
}
`

// afterMeth is what refers to the method Meth: interfaces and types that have it by embedding.
const afterMeth = `
type PREI interface {
	Meth(e *env.Env, n int) int
	MethAsync(e *env.Env, n int) rt.Future[int]
}

type PREE struct {
	PREO
	tag string
}

type PREQ struct {
	*PREO
	tag string
}

// PREHow is given values of any type that can be called.
//
//async:func
func PREHow[M PREI](e *env.Env, m M, n int) int { return m.Meth(e, e.Int(n)) }

// PRELast is generic over a slice and its elements.
//
//async:func
func PRELast[S ~[]E, E PRENum](e *env.Env, list S, zero E) (E, error) {
	sum := zero
	for i, v := range list {
		if _, err := e.Step(i); err != nil {
			return sum, err
		}
		sum += env.Val(e, v)
	}
	return sum, nil
}

// PREBox holds a value of any type.
type PREBox[T any] struct {
	v    T
	next *PREBox[T]
}

//async:func
func (b *PREBox[T]) Put(e *env.Env, v T) (old T, n int) {
	defer func() { e.Log("put %v %d", b.v, n) }()
	old, b.v = b.v, env.Val(e, v)
	for c := b; c != nil; c = c.next {
		n += e.Int(1)
	}
	return
}

//async:func
func (b PREBox[_]) Len(e *env.Env) int {
	if b.next == nil {
		return e.Int(1)
	}
	return 1 + b.next.Len(e)
}

// PREPlain does not wait.
func PREPlain(n int) (int, error) {
	if n > 5 {
		return n, PREErr{n}
	}
	return -n, nil
}

// PREAdd waits, and adds.
//
//async:func
func PREAdd(e *env.Env, a, b int) int { return e.Int(a) + b }

// PRESpread takes any number of values.
//
//async:func
func PRESpread(e *env.Env, name string, list ...int) (n int) {
	e.Wait(name)
	for _, v := range list {
		n += v
	}
	if len(list) > 0 {
		list[0]++
	}
	return n
}
`
