// Package alarms reports whether functions are about to be called by time.AfterFunc. Such a function may wake anything, and
// until its time has come nothing of it is to be seen: it has no goroutine, and Go does not tell of it. So we
// look for it in the heap, which [debug.WriteHeapDump] writes to a file. That stops the program for a while and is
// for programs that stand still.
package alarms

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// Pending reports whether a function of time.AfterFunc waits for its time, and whether that is known. Those of package
// testing, which end a test that takes too long, do not count.
func Pending() (pending, known bool) {
	fn := func() {}
	one, two, channel := time.AfterFunc(early, fn), time.AfterFunc(late, fn), time.NewTimer(early)
	defer func() {
		one.Stop()
		two.Stop()
		channel.Stop()
	}()
	runtime.GC() // what is dead has no say
	dump, err := os.CreateTemp("", "heap")
	if err != nil {
		return false, false
	}
	defer func() {
		_ = dump.Close()
		_ = os.Remove(dump.Name()) // on some systems only what is closed can be
	}()
	debug.WriteHeapDump(dump.Fd())
	s := scan{samples: [3]uint64{address(one), address(two), address(channel)}, fn: uint64(*(*uintptr)(unsafe.Pointer(&fn)))}
	if eachObject(dump, s.sample) != nil || !s.learn() || eachObject(dump, s.timer) != nil || eachObject(dump, s.closure) != nil {
		return false, false
	}
	return len(s.closures) > s.named, true
}

// The times of our own timers, by which we know their fields.
const (
	early = 1000 * time.Hour
	late  = 3000 * time.Hour
)

func address(t *time.Timer) uint64 { return uint64(uintptr(unsafe.Pointer(t))) }

// scan finds timers by what they have in common with our own.
type scan struct {
	samples  [3]uint64 // the addresses of two timers of AfterFunc, and of one with a channel
	objects  [3][]uint64
	fn       uint64 // the function of the two
	when     int    // where in a timer its time is; 0: it is not armed
	call     int    // where the function is that all timers of AfterFunc have
	arg      int    // where the function of the user is
	closures map[uint64]bool
	named    int // of closures, those that are harmless
}

func (s *scan) sample(addr uint64, object []byte) {
	if i := slices.Index(s.samples[:], addr); i >= 0 {
		s.objects[i] = words(object)
	}
}

// learn finds the fields of a timer: its time, the function that all timers of AfterFunc have and others do not, and
// the user's function, which that one is called with. They come in this order.
func (s *scan) learn() bool {
	a, b, c := s.objects[0], s.objects[1], s.objects[2]
	if len(a) == 0 || len(a) != len(b) || len(a) != len(c) {
		return false
	}
	s.when, s.call, s.arg = -1, -1, -1
	for i := range a {
		apart := time.Duration(b[i] - a[i])
		switch {
		case s.when < 0:
			if apart > (late-early)-time.Hour && apart < (late-early)+time.Hour {
				s.when = i
			}
		case s.call < 0:
			if a[i] == b[i] && a[i] != c[i] {
				s.call = i
			}
		case s.arg < 0 && a[i] == s.fn && b[i] == s.fn:
			s.arg = i
		}
	}
	s.closures = map[uint64]bool{}
	return s.arg >= 0
}

func (s *scan) timer(addr uint64, object []byte) {
	own := s.objects[0]
	if len(object) != 8*len(own) || slices.Contains(s.samples[:], addr) {
		return
	}
	w := words(object)
	if w[s.call] == own[s.call] && w[s.when] != 0 {
		s.closures[w[s.arg]] = true
	}
}

func (s *scan) closure(addr uint64, object []byte) {
	if !s.closures[addr] || len(object) < 8 {
		return
	}
	f := runtime.FuncForPC(uintptr(binary.NativeEndian.Uint64(object)))
	if f != nil && strings.HasPrefix(f.Name(), "testing.(*M).startAlarm") {
		s.named++
	}
}

func words(object []byte) (w []uint64) {
	for ; len(object) >= 8; object = object[8:] {
		w = append(w, binary.NativeEndian.Uint64(object))
	}
	return w
}

// Tags of a heap dump. Those that come after all objects are left out.
const (
	tagObject = 1
	tagType   = 3
	tagParams = 6
	tagItab   = 8
)

var errFormat = errors.New("alarms: the heap dump is not in the format that we know")

// eachObject calls f for the objects of the heap. What it is given is valid until it returns.
func eachObject(dump io.ReadSeeker, f func(addr uint64, object []byte)) error {
	if _, err := dump.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r := &reader{r: bufio.NewReaderSize(dump, 1<<16)}
	if head, err := r.r.ReadString('\n'); err != nil || head != "go1.7 heap dump\n" {
		return errFormat
	}
	objects := 0
	for r.err == nil {
		switch r.int() {
		case tagParams:
			r.ints(4)
			r.bytes()
			r.bytes()
			r.int()
		case tagType:
			r.ints(2)
			r.bytes()
			r.int()
		case tagItab:
			r.ints(2)
		case tagObject:
			objects++
			addr, object := r.int(), r.bytes()
			for r.err == nil && r.int() != 0 { // the pointers in it
				r.int()
			}
			if r.err == nil {
				f(addr, object)
			}
		default:
			if objects == 0 {
				return errFormat
			}
			return r.err
		}
	}
	return r.err
}

// reader reads the parts of a dump.
type reader struct {
	r   *bufio.Reader
	buf []byte
	err error
}

func (r *reader) int() (n uint64) {
	if r.err == nil {
		n, r.err = binary.ReadUvarint(r.r)
	}
	return n
}

func (r *reader) ints(n int) {
	for range n {
		r.int()
	}
}

func (r *reader) bytes() []byte {
	n := r.int()
	if r.err != nil || n > 1<<40 {
		return nil
	}
	r.buf = slices.Grow(r.buf[:0], int(n))[:n]
	_, r.err = io.ReadFull(r.r, r.buf)
	return r.buf
}
