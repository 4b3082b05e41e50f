package rtnet

import (
	"bytes"
	"unsafe"
)

// Kept is how much crypto/tls has for what is read, or -1 where nobody knows.
func (t *TLSConn) Kept() int {
	if !haveTLSFields {
		return -1
	}
	at := func(offset uintptr) *bytes.Buffer { return (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(t.tls), offset)) }
	return at(tlsFields.rawInput).Cap() + at(tlsFields.hand).Cap()
}
