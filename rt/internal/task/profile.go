package task

import (
	"compress/gzip"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Profile writes the tasks of r as a profile.
func (r *Runtime) Profile(w io.Writer) error {
	p := &profile{strings: map[string]int{"": 0}, list: []string{""}, functions: map[string]uint64{}, locations: map[where]uint64{}, samples: map[string]*sample{}}
	d := &Dumper{r: r}
	r.looks.RLock()
	d.each(func(info *TaskInfo) { p.add(info) })
	r.looks.RUnlock()
	z := gzip.NewWriter(w)
	if _, err := z.Write(p.encode()); err != nil {
		return err
	}
	return z.Close()
}

// profile collects samples, in the terms of pprof's profile.proto.
type profile struct {
	strings   map[string]int
	list      []string
	functions map[string]uint64 // by name
	locations map[where]uint64
	samples   map[string]*sample
	order     []*sample
	function  message // the functions, encoded
	location  message // the locations, encoded
}

// where is where a call waits.
type where struct{ function, pos string }

// sample is the tasks with one stack.
type sample struct {
	stack               []uint64
	tasks, bytes, waits int64
}

func (p *profile) add(info *TaskInfo) {
	calls := flat(info.Chain)
	if len(calls) == 0 {
		calls = []Call{{Function: info.function() + " (ready)"}}
	}
	var stack []uint64
	var key strings.Builder
	for _, c := range calls {
		id := p.locate(c.Function, c.Pos)
		stack = append(stack, id)
		key.WriteString(strconv.FormatUint(id, 36) + " ")
	}
	s := p.samples[key.String()]
	if s == nil {
		s = &sample{stack: stack}
		p.samples[key.String()] = s
		p.order = append(p.order, s)
	}
	s.tasks++
	s.bytes += info.bytes
	s.waits += int64(info.waits)
}

// flat is a chain as a stack: of branches the first.
func flat(calls []Call) (stack []Call) {
	for _, c := range calls {
		if len(c.Branches) > 0 {
			stack = append(stack, flat(c.Branches[0])...)
		}
		stack = append(stack, c)
	}
	return stack
}

// text is the number of s in the table of strings.
func (p *profile) text(s string) uint64 {
	n, ok := p.strings[s]
	if !ok {
		n = len(p.list)
		p.strings[s] = n
		p.list = append(p.list, s)
	}
	return uint64(n)
}

// locate is the number of the location of a call.
func (p *profile) locate(function, pos string) uint64 {
	key := where{function, pos}
	if id := p.locations[key]; id != 0 {
		return id
	}
	file, line := pos, uint64(0)
	if i := strings.LastIndexByte(pos, ':'); i >= 0 {
		if n, err := strconv.ParseUint(pos[i+1:], 10, 32); err == nil {
			file, line = pos[:i], n
		}
	}
	fn := p.functions[function]
	if fn == 0 {
		fn = uint64(len(p.functions) + 1)
		p.functions[function] = fn
		var m message
		m.uint(1, fn)
		m.uint(2, p.text(function))
		m.uint(3, p.text(function))
		m.uint(4, p.text(file))
		p.function.bytes(5, m)
	}
	id := uint64(len(p.locations) + 1)
	p.locations[key] = id
	var l, m message
	l.uint(1, fn)
	l.uint(2, line)
	m.uint(1, id)
	m.bytes(4, l)
	p.location.bytes(4, m)
	return id
}

func (p *profile) encode() []byte {
	var out message
	for _, kind := range [][2]string{{"tasks", "count"}, {"frames", "bytes"}, {"waiting", "nanoseconds"}} {
		var m message
		m.uint(1, p.text(kind[0]))
		m.uint(2, p.text(kind[1]))
		out.bytes(1, m)
	}
	for _, s := range p.order {
		var m, stack, values message
		for _, id := range s.stack {
			stack.varint(id)
		}
		values.varint(uint64(s.tasks))
		values.varint(uint64(s.bytes))
		values.varint(uint64(s.waits))
		m.bytes(1, stack)
		m.bytes(2, values)
		out.bytes(2, m)
	}
	out = append(out, p.location...)
	out = append(out, p.function...)
	out.uint(14, p.text("tasks")) // what is shown if nothing is asked for
	for _, s := range p.list {
		out.bytes(6, message(s))
	}
	return out
}

// message is a message of protocol buffers while it is written.
type message []byte

func (m *message) varint(v uint64) {
	for ; v >= 0x80; v >>= 7 {
		*m = append(*m, byte(v)|0x80)
	}
	*m = append(*m, byte(v))
}

// uint writes field n, a number.
func (m *message) uint(n int, v uint64) {
	m.varint(uint64(n) << 3)
	m.varint(v)
}

// bytes writes field n, a message or a string.
func (m *message) bytes(n int, b []byte) {
	m.varint(uint64(n)<<3 | 2)
	m.varint(uint64(len(b)))
	*m = append(*m, b...)
}

// frameBytes is the size of the frames of a chain.
func frameBytes(m Machine) (n int64) {
	for ; m != nil; m = Head(m).parent {
		n += int64(reflect.TypeOf(m).Elem().Size())
	}
	return n
}
