package task

import (
	"reflect"
	"unsafe"
)

// When a task has ended its frame stays, since the handle is part of it: its results are asked for, and its
// variables are dead. The frame is cleared, then, except for the results; but who does that does not know their type.
// So we look once for each function how they lie.

// results says how the results lie in the frames of a function.
type results struct {
	table unsafe.Pointer // of the methods of the frame: a generic function has frames of many types
	shape shape
	size  uintptr               // of the value
	err   uintptr               // where the error is, 0 if there is none
	vars  []reflect.StructField // fields with references, beside the results
	words []uintptr             // where these references are; nil: there are many
}

// shape is how a value can be kept while the frame around it is cleared.
type shape uint8

const (
	plainShape     shape = iota // no references: as bytes
	pointerShape                // one reference
	stringShape                 // as a string
	sliceShape                  // as a slice
	interfaceShape              // as an any
	otherShape                  // it stays where it is
)

// mostPlain is how many bytes of a value are kept as such.
const mostPlain = 64

// valueAt is where the value of a frame is.
const valueAt = unsafe.Offsetof(FrameVal[uint64]{}.Val)

// clearButResults clears m, a call that has finished, except for its results.
func clearButResults(m Machine) {
	p := unsafe.Pointer(Head(m))
	switch fn := m.Func(); fn.Result {
	case ResultNone:
		m.Reset()
	case ResultErr:
		err := (*FrameErr)(p).Err
		m.Reset()
		(*FrameErr)(p).Err = err
	case ResultVal, ResultValErr:
		r := fn.values.Load() // pairs with the Store in resultsOf
		if r == nil || r.table != words(&m)[0] {
			r = resultsOf(fn, m)
		}
		if f := Head(m); r.dead(p) {
			if f.parent != nil {
				f.parent = nil
			}
			f.state, f.flags = 0, 0
			return
		}
		if r.err == 0 {
			r.clearButValue(m, unsafe.Add(p, valueAt))
			return
		}
		err := *(*error)(unsafe.Add(p, r.err))
		r.clearButValue(m, unsafe.Add(p, valueAt))
		*(*error)(unsafe.Add(p, r.err)) = err
	}
}

// dead reports whether the variables of the frame at p refer to nothing. Then there is nothing to clear, which most
// frames save that of tasks that have never waited.
func (r *results) dead(p unsafe.Pointer) bool {
	for _, at := range r.words {
		if *(*unsafe.Pointer)(unsafe.Add(p, at)) != nil {
			return false
		}
	}
	return r.words != nil || len(r.vars) == 0
}

// mostWords is how many references of a frame are looked at, one by one.
const mostWords = 16

// wordsOf adds where a variable of type t, which is at at, has references. It gives nil if these are too many.
func wordsOf(t reflect.Type, at uintptr, list []uintptr) []uintptr {
	switch t.Kind() {
	case reflect.Array:
		if !hasReferences(t) {
			return list
		}
		for i := 0; i < t.Len() && list != nil; i++ {
			list = wordsOf(t.Elem(), at+uintptr(i)*t.Elem().Size(), list)
		}
		return list
	case reflect.Struct:
		for i := 0; i < t.NumField() && list != nil; i++ {
			list = wordsOf(t.Field(i).Type, at+t.Field(i).Offset, list)
		}
		return list
	case reflect.Interface:
		list = append(list, at+unsafe.Sizeof(at)) // the other word refers to a type
	default:
		if shapeOf(t) != plainShape { // the reference of a string or a slice comes first
			list = append(list, at)
		}
	}
	if len(list) > mostWords {
		return nil
	}
	return list
}

// clearButValue clears m except for the value, which is at p.
func (r *results) clearButValue(m Machine, p unsafe.Pointer) {
	switch r.shape {
	case plainShape:
		var kept [mostPlain]byte
		copy(kept[:], unsafe.Slice((*byte)(p), r.size))
		m.Reset()
		copy(unsafe.Slice((*byte)(p), r.size), kept[:])
	case pointerShape:
		kept := *(*unsafe.Pointer)(p)
		m.Reset()
		*(*unsafe.Pointer)(p) = kept
	case stringShape:
		kept := *(*string)(p)
		m.Reset()
		*(*string)(p) = kept
	case sliceShape:
		kept := *(*[]byte)(p)
		m.Reset()
		*(*[]byte)(p) = kept
	case interfaceShape:
		kept := *(*any)(p)
		m.Reset()
		*(*any)(p) = kept
	case otherShape:
		f := Head(m)
		for _, v := range r.vars {
			reflect.NewAt(v.Type, unsafe.Add(unsafe.Pointer(f), v.Offset)).Elem().SetZero()
		}
		*f = Frame{}
	}
}

// resultsOf finds out how the results lie in m, a frame of f.
func resultsOf(f *Func, m Machine) *results {
	r := &results{table: words(&m)[0]}
	head := reflect.TypeOf(m).Elem()
	for ; head.Field(0).Type != frameType; head = head.Field(0).Type {
		for i := 1; i < head.NumField(); i++ {
			if v := head.Field(i); hasReferences(v.Type) {
				r.vars = append(r.vars, v)
			}
		}
	}
	r.words = make([]uintptr, 0, 1)
	for _, v := range r.vars {
		if r.words != nil {
			r.words = wordsOf(v.Type, v.Offset, r.words)
		}
	}
	value := head.Field(1).Type
	r.shape, r.size = shapeOf(value), value.Size()
	if f.Result == ResultValErr {
		r.err = head.Field(2).Offset
	}
	f.values.Store(r)
	return r
}

// shapeOf is how a value of type t can be kept.
func shapeOf(t reflect.Type) shape {
	switch t.Kind() {
	case reflect.Pointer, reflect.UnsafePointer, reflect.Map, reflect.Chan, reflect.Func:
		return pointerShape
	case reflect.String:
		return stringShape
	case reflect.Slice:
		return sliceShape
	case reflect.Interface:
		return interfaceShape
	case reflect.Struct, reflect.Array:
		if hasReferences(t) || t.Size() > mostPlain {
			return otherShape
		}
	default: // numbers
	}
	return plainShape
}

// outline says whether frames of a type are flat.
type outline struct {
	table unsafe.Pointer // of the methods of the frame, as in results
	mark  uint32         // flagFlat, or 0
}

// flat is the mark of m, a frame of f: whether it has references beside who waits for the call, and its error.
func (f *Func) flat(m Machine) uint32 {
	o := f.shape.Load() // pairs with the Store below
	if o == nil || o.table != words(&m)[0] {
		o = &outline{table: words(&m)[0]}
		if f.Result != ResultErr && isFlat(reflect.TypeOf(m).Elem(), f.Result) {
			o.mark = flagFlat
		}
		f.shape.Store(o)
	}
	return o.mark
}

// isFlat reports whether a frame type, whose results are of a kind, has no references beside the usual ones.
func isFlat(typ reflect.Type, kind ResultKind) bool {
	for typ != frameType {
		for i := 1; i < typ.NumField(); i++ {
			last := typ.Field(0).Type != frameType || kind != ResultValErr || i != 2 // else it is FrameOf.Err
			if last && hasReferences(typ.Field(i).Type) {
				return false
			}
		}
		typ = typ.Field(0).Type
	}
	return true
}

// hasReferences reports whether a value of type t may hold references.
func hasReferences(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && hasReferences(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if hasReferences(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return shapeOf(t) != plainShape
	}
}
