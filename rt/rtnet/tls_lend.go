package rtnet

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// A tls.Conn keeps the buffers it has ever needed: 2 KB of records and 1.5 KB of messages after a handshake, and more than 16 KB
// after a large record. It has no way to be told to let go of them. So we know three of its fields, by name and type: where
// a release of Go has other ones nothing is done here, and an idle connection is larger. TestTLSIdleMemory says so then.
//
//	rawInput bytes.Buffer // records as they come
//	input    bytes.Reader // what was decrypted, within rawInput
//	hand     bytes.Buffer // messages of the handshake and those that come later
//
// Only reads and the handshake use them, and whoever calls what is here has the lock of reads, when the handshake is over.

// tlsFields are where the fields are in a tls.Conn.
var tlsFields, haveTLSFields = findTLSFields()

type tlsOffsets struct{ rawInput, input, hand uintptr }

func findTLSFields() (at tlsOffsets, ok bool) {
	conn := reflect.TypeFor[tls.Conn]()
	for _, want := range []struct {
		name string
		typ  reflect.Type
		at   *uintptr
	}{
		{"rawInput", reflect.TypeFor[bytes.Buffer](), &at.rawInput},
		{"input", reflect.TypeFor[bytes.Reader](), &at.input},
		{"hand", reflect.TypeFor[bytes.Buffer](), &at.hand},
	} {
		f, ok := conn.FieldByName(want.name)
		if !ok || f.Type != want.typ || len(f.Index) != 1 {
			return tlsOffsets{}, false
		}
		*want.at = f.Offset
	}
	return at, true
}

// rawBuffers are lent to rawInput. bytes.Buffer does not move to a larger one while it has a whole record and a half.
var rawBuffers = NewBuffers(40 << 10)

// lendRaw gives c a buffer for its records, if it has none. The caller passes what it gives to takeRaw.
func lendRaw(c *tls.Conn) []byte {
	if !haveTLSFields {
		return nil
	}
	raw := (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), tlsFields.rawInput))
	if raw.Cap() > 0 { // there is something in it
		return nil
	}
	buf := rawBuffers.Get()
	*raw = *bytes.NewBuffer(buf[:0])
	return buf
}

// takeRaw takes from c what it does not need, and buf, if lendRaw has given that.
func takeRaw(c *tls.Conn, buf []byte) {
	if !haveTLSFields {
		return
	}
	raw := (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), tlsFields.rawInput))
	input := (*bytes.Reader)(unsafe.Add(unsafe.Pointer(c), tlsFields.input))
	hand := (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), tlsFields.hand))
	if hand.Len() == 0 {
		*hand = bytes.Buffer{}
	}
	if raw.Len() > 0 || input.Len() > 0 {
		return // buf stays with it, and is garbage in the end
	}
	*raw = bytes.Buffer{}
	input.Reset(nil)
	if buf != nil {
		rawBuffers.Put(buf)
	}
}
