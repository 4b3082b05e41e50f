// Package ol has what the operands of TestOrder need: their types, variables and operations.
package ol

import (
	"fmt"
	"reflect"

	"github.com/asyncgen/asyncgen/internal/difftest/env"
)

// Types of all sizes and kinds, with a method each.
type (
	Bool   bool
	Int    int
	Int8   int8
	Int16  int16
	Str    string
	Float  float64
	Cplx   complex128
	Ptr    *int
	Fun    func() int
	Chn    chan int
	Mp     map[string]int
	Slice  []int
	Iface  interface{ Is(e *env.Env, n int) }
	Word   struct{ P *int }
	Hidden struct {
		_ [0]func()
		P *int
	}
	One   struct{ S string }
	Two32 struct{ A, B int32 }
	Three struct{ A, B, C int }
	Pad   struct {
		A int8
		B int32
	}
	Arr1 [1]string
	Arr2 [2]int32
	Arr3 [3]int
	Big  [40]int
)

func (v Bool) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Int) Is(e *env.Env, n int)    { Show(e, v, n) }
func (v Int8) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Int16) Is(e *env.Env, n int)  { Show(e, v, n) }
func (v Str) Is(e *env.Env, n int)    { Show(e, v, n) }
func (v Float) Is(e *env.Env, n int)  { Show(e, v, n) }
func (v Cplx) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Slice) Is(e *env.Env, n int)  { Show(e, v, n) }
func (v Word) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Hidden) Is(e *env.Env, n int) { Show(e, v, n) }
func (v One) Is(e *env.Env, n int)    { Show(e, v, n) }
func (v Two32) Is(e *env.Env, n int)  { Show(e, v, n) }
func (v Three) Is(e *env.Env, n int)  { Show(e, v, n) }
func (v Pad) Is(e *env.Env, n int)    { Show(e, v, n) }
func (v Arr1) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Arr2) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Arr3) Is(e *env.Env, n int)   { Show(e, v, n) }
func (v Big) Is(e *env.Env, n int)    { Show(e, v, n) }

// Bare is the type that Hidden is made of: a blank field belongs to its package.
type Bare = struct {
	_ [0]func()
	P *int
}

// Box has a field of any type.
type Box[T any] struct {
	F T
	N int
}

// Outer has its field by promotion.
type Outer[T any] struct{ Box[T] }

// OuterP has its field by promotion through a pointer.
type OuterP[T any] struct{ *Box[T] }

// Pair is a key of two parts.
type Pair[T comparable] struct{ A, B T }

// Variables of this package.
var (
	VarBool   Bool
	VarInt    Int
	VarInt8   Int8
	VarInt16  Int16
	VarStr    Str
	VarFloat  Float
	VarCplx   Cplx
	VarPtr    *int
	VarFunc   func() int
	VarChan   chan int
	VarMap    map[string]int
	VarSlice  Slice
	VarAny    any
	VarIface  Iface
	VarWord   Word
	VarHidden Hidden
	VarOne    One
	VarTwo32  Two32
	VarThree  Three
	VarPad    Pad
	VarArr1   Arr1
	VarArr2   Arr2
	VarArr3   Arr3
	VarBig    Big

	RefBool   *Box[Bool]
	RefInt    *Box[Int]
	RefInt8   *Box[Int8]
	RefInt16  *Box[Int16]
	RefStr    *Box[Str]
	RefFloat  *Box[Float]
	RefCplx   *Box[Cplx]
	RefPtr    *Box[*int]
	RefFunc   *Box[func() int]
	RefChan   *Box[chan int]
	RefMap    *Box[map[string]int]
	RefSlice  *Box[Slice]
	RefAny    *Box[any]
	RefIface  *Box[Iface]
	RefWord   *Box[Word]
	RefHidden *Box[Hidden]
	RefOne    *Box[One]
	RefTwo32  *Box[Two32]
	RefThree  *Box[Three]
	RefPad    *Box[Pad]
	RefArr1   *Box[Arr1]
	RefArr2   *Box[Arr2]
	RefArr3   *Box[Arr3]
	RefBig    *Box[Big]
)

var pointers, chans = map[int]*int{}, map[int]chan int{}

// P is a pointer to n, the same each time.
func P(n int) *int {
	if pointers[n] == nil {
		pointers[n] = &n
	}
	return pointers[n]
}

// F is a function that gives n.
func F(n int) func() int { return func() int { return n } }

// C is a channel that holds n values, the same each time.
func C(n int) chan int {
	if chans[n] == nil {
		chans[n] = make(chan int, n)
		for range n {
			chans[n] <- 0
		}
	}
	return chans[n]
}

// ID is v.
func ID[T any](v T) T { return v }

// List is two values as a list.
func List[T any](v T, n int) []any { return []any{v, n} }

// Pick is a where n is not 1, and b otherwise. Its environment is there for no reason.
func Pick[T any](e *env.Env, a, b T, n int) T {
	if n == 1 {
		return b
	}
	return a
}

// Wrap is a function that shows what f gives.
func Wrap(f func() int) func(e *env.Env, n int) {
	return func(e *env.Env, n int) { Show(e, f(), n) }
}

// Pass logs a value that has its own type, and is true.
func Pass[T any](e *env.Env, v T, n int) bool {
	Show(e, v, n)
	return true
}

// Two logs a value that has become an interface value.
func Two(e *env.Env, v any, n int) { Show(e, v, n) }

// Call calls f.
func Call(e *env.Env, f func(e *env.Env, n int), n int) { f(e, n) }

// Show logs values, without their addresses.
func Show(e *env.Env, vs ...any) {
	for _, v := range vs {
		e.Log("%s", text(reflect.ValueOf(v)))
	}
}

func text(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Invalid:
		return "nil"
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return "&" + text(v.Elem())
	case reflect.Interface:
		return text(v.Elem())
	case reflect.Func:
		if v.IsNil() || v.Type() != reflect.TypeFor[func() int]() && v.Type() != reflect.TypeFor[Fun]() {
			return fmt.Sprint(v.IsNil())
		}
		return fmt.Sprint("func ", v.Call(nil)[0])
	case reflect.Chan:
		return fmt.Sprint("chan ", v.Len())
	case reflect.Struct:
		s := v.Type().Name()
		for i := range v.NumField() {
			s += " " + text(v.Field(i))
		}
		return s
	case reflect.Slice, reflect.Array:
		s := v.Type().Name()
		for i := range v.Len() {
			s += " " + text(v.Index(i))
		}
		return s
	case reflect.Map:
		s := "map"
		for it := v.MapRange(); it.Next(); {
			s += " " + text(it.Key()) + ":" + text(it.Value())
		}
		return fmt.Sprint(len(s), v.Len())
	default:
		return fmt.Sprint(v)
	}
}

// Rescue recovers from the panics of operands.
func Rescue(e *env.Env) {
	if r := recover(); r != nil {
		e.Log("panic %v", r)
	}
}
