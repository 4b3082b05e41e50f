// Package gc knows how cmd/compile represents values, as far as that shows in the order of evaluation. The
// language leaves open when the plain reads of an expression happen; gc does not, and the blocking form is
// compiled by it:
//
//	fmt.Println(ages["a"], f()) // an int is passed as it is, so ages is read after f
//	fmt.Println(seen["a"], f()) // a bool is copied first, so seen is read before f
//
// Package plain asks for what stands beside an await, package emit for what stands in a defer statement.
//
// What gc does in a generic function is for each instance to say. An answer here is that of all types that
// the constraint allows, where they agree; where they do not, or where there is no end of them, nothing is
// promised (docs/support.md).
//
// The functions follow cmd/compile/internal/walk of go1.26: dataWordFuncName and mapfast; and
// cmd/compile/internal/types: IsDirectIface and the computation of the algorithm that compares a type.
package gc

import "go/types"

// sizes are those of a 64-bit machine: on others gc may copy a little more or less.
var sizes = types.SizesFor("gc", "amd64")

// Boxed reports whether the runtime takes the address of a value of type t to make an interface value of it:
// not of a word, a string or a slice.
func Boxed(t types.Type) bool {
	return agreed(t, func(t types.Type) bool {
		switch u := soleComponent(t).(type) {
		case *types.Slice:
			return false
		case *types.Basic:
			if u.Info()&types.IsString != 0 {
				return false
			}
		case *types.Interface:
			return soleComponent(t) != t.Underlying() // a struct that has one becomes a value, an interface value is one
		}
		size, align := sizes.Sizeof(t), sizes.Alignof(t)
		return size != align || size != 2 && (size != 4 && size != 8 || HasPointers(t))
	}, !isTypeParam(t))
}

// Direct reports whether an interface holds a value of type t directly: it is one pointer.
//
//	struct { _ [0]func(); p *int } // so is this
func Direct(t types.Type) bool {
	return agreed(t, func(t types.Type) bool { return sizes.Sizeof(t) == 8 && HasPointers(t) }, false)
}

// ComparedByAddress reports whether gc takes the addresses of values of type t to compare them.
func ComparedByAddress(t types.Type) bool {
	return agreed(t, func(t types.Type) bool {
		switch t.Underlying().(type) {
		case *types.Struct, *types.Array:
			return true
		}
		return false
	}, !isTypeParam(t))
}

// BytesToString reports whether the conversion of a value of type from to type to copies bytes into a string.
func BytesToString(from, to types.Type) bool {
	isBytes := func(t types.Type) bool {
		s, ok := t.Underlying().(*types.Slice)
		if !ok {
			return false
		}
		b, ok := types.Unalias(s.Elem()).Underlying().(*types.Basic)
		return ok && b.Kind() == types.Byte
	}
	isString := func(t types.Type) bool {
		b, ok := t.Underlying().(*types.Basic)
		return ok && b.Info()&types.IsString != 0
	}
	return agreed(from, isBytes, false) && agreed(to, isString, false)
}

// A Key says how the runtime takes the key of a map.
type Key int

// Ways to take a key.
const (
	KeyByAddress Key = iota // so what has no address is copied first
	KeyByValue              // it is read last
	KeyInWord               // it is copied into a word or a string first, wherever it is
)

// KeyOf says how the runtime takes the keys of m.
func KeyOf(m *types.Map) Key {
	key := m.Key()
	if generic(m.Elem()) || sizes.Sizeof(m.Elem()) > 128 {
		return KeyByAddress
	}
	first := KeyByAddress
	for i, t := range instances(key) {
		k := keyOf(t)
		if i > 0 && k != first {
			return KeyByAddress
		}
		first = k
	}
	return first
}

// keyOf is KeyOf for a map of small elements with keys of type t.
func keyOf(t types.Type) Key {
	if str(t) {
		if _, alone := types.Unalias(t).Underlying().(*types.Basic); alone {
			return KeyByValue
		}
		return KeyInWord
	}
	if size := sizes.Sizeof(t); size != 4 && size != 8 || !memory(t) {
		return KeyByAddress
	}
	switch types.Unalias(t).Underlying().(type) {
	case *types.Basic, *types.Pointer, *types.Chan:
		return KeyByValue
	}
	return KeyInWord
}

// str reports whether values of type t are compared as strings: a struct of one field and an array of one element
// are as what they have.
func str(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Struct:
		return u.NumFields() == 1 && u.Field(0).Name() != "_" && str(u.Field(0).Type())
	case *types.Array:
		return u.Len() == 1 && str(u.Elem())
	}
	return false
}

// memory reports whether two values of type t are equal if their bytes are.
func memory(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsInteger|types.IsBoolean) != 0 || u.Kind() == types.UnsafePointer
	case *types.Pointer, *types.Chan:
		return true
	case *types.Array:
		return u.Len() == 0 || memory(u.Elem())
	case *types.Struct:
		if u.NumFields() == 1 && u.Field(0).Name() != "_" {
			return memory(u.Field(0).Type())
		}
		var total int64
		for f := range u.Fields() {
			if f.Name() == "_" || !memory(f.Type()) {
				return false
			}
			total += sizes.Sizeof(f.Type())
		}
		return total == sizes.Sizeof(u) // nothing between the fields
	}
	return false
}

// soleComponent is what is left of t when structs and arrays of one element are opened.
func soleComponent(t types.Type) types.Type {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Struct:
		if u.NumFields() == 1 {
			return soleComponent(u.Field(0).Type())
		}
		return u
	case *types.Array:
		if u.Len() == 1 {
			return soleComponent(u.Elem())
		}
		return u
	default:
		return u
	}
}

// HasPointers reports whether a value of type t may refer to something. One whose type depends on a type
// parameter may.
func HasPointers(t types.Type) bool {
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.UnsafePointer
	case *types.Array:
		return u.Len() > 0 && HasPointers(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if HasPointers(f.Type()) {
				return true
			}
		}
		return false
	}
	return true
}
