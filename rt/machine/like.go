package machine

import "github.com/asyncgen/asyncgen/rt/internal/task"

// What follows is for variables whose type has no name in the package of the generated code: it is
// inferred from a variable that has it.

// Kept is the value that v has, which a frame keeps as an any because its type has no name where the
// frame is declared. It is zero where v is nil.
func Kept[T any](v any, like T) T {
	x, _ := v.(T)
	return x
}

// NewLike is a fresh cell of the type of like.
func NewLike[T any](like *T) *T { return new(T) }

// ReturnedLike is [Returned] for a value whose type has no name where it is wanted.
func ReturnedLike[T any](cx *task.Context, like T) (T, error) { return Returned[T](cx) }

// ReturnedLike2 is [ReturnedLike] for a callee with two values.
func ReturnedLike2[A, B any](cx *task.Context, a A, b B) (A, B, error) { return Returned2[A, B](cx) }

// ReturnedLike3 is [ReturnedLike] for a callee with three values.
func ReturnedLike3[A, B, C any](cx *task.Context, a A, b B, c C) (A, B, C, error) {
	return Returned3[A, B, C](cx)
}

// ValueLike is [ReturnedLike] for a callee without an error.
func ValueLike[T any](cx *task.Context, like T) T { return Value[T](cx) }

// ValueLike2 is [ValueLike] for a callee with two values.
func ValueLike2[A, B any](cx *task.Context, a A, b B) (A, B) { return Value2[A, B](cx) }

// ValueLike3 is [ValueLike] for a callee with three values.
func ValueLike3[A, B, C any](cx *task.Context, a A, b B, c C) (A, B, C) { return Value3[A, B, C](cx) }
