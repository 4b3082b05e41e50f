//go:build !rtnet_plain

package rtnet

import (
	"testing"
	"unsafe"
)

// TestSizes bounds what every idle connection has. The bounds are size classes of the allocator.
func TestSizes(t *testing.T) {
	for _, s := range []struct {
		name       string
		size, most uintptr
	}{
		{"Conn", unsafe.Sizeof(Conn{}), 112},
		{"copyCall", unsafe.Sizeof(copyCall{}), 112},
		{"lentCall", unsafe.Sizeof(lentCall{}), 128},
		{"readCall", unsafe.Sizeof(readCall{}), 128},
		{"readyCall", unsafe.Sizeof(readyCall{}), 112},
	} {
		if unsafe.Sizeof(uintptr(0)) == 8 && s.size > s.most {
			t.Errorf("%s has %d bytes, more than %d", s.name, s.size, s.most)
		}
	}
}
