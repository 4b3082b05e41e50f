package main

import (
	"math"
	"strconv"

	"github.com/tidwall/redcon"
)

// reply collects answers, in RESP2 or RESP3.
type reply struct {
	buf   []byte
	resp3 bool
	n     int // answers that were begun, those within others included
}

func (r *reply) ok()              { r.status("OK") }
func (r *reply) status(s string)  { r.buf = redcon.AppendString(r.buf, s) }
func (r *reply) int(n int64)      { r.buf = redcon.AppendInt(r.buf, n) }
func (r *reply) bulk(p []byte)    { r.buf = redcon.AppendBulk(r.buf, p) }
func (r *reply) text(s string)    { r.buf = redcon.AppendBulkString(r.buf, s) }
func (r *reply) array(n int)      { r.buf = redcon.AppendArray(r.buf, n) }
func (r *reply) fail(text string) { r.buf = redcon.AppendError(r.buf, text) }

// yes is the integer 1 or 0.
func (r *reply) yes(b bool) {
	if b {
		r.int(1)
	} else {
		r.int(0)
	}
}

// null is no value.
func (r *reply) null() {
	if r.resp3 {
		r.buf = append(r.buf, "_\r\n"...)
	} else {
		r.buf = append(r.buf, "$-1\r\n"...)
	}
}

// nullArray is no array.
func (r *reply) nullArray() {
	if r.resp3 {
		r.buf = append(r.buf, "_\r\n"...)
	} else {
		r.buf = append(r.buf, "*-1\r\n"...)
	}
}

// head begins a compound answer, which RESP2 does not tell from an array.
func (r *reply) head(kind byte, n, perEntry int) {
	if !r.resp3 {
		r.array(n * perEntry)
		return
	}
	r.buf = append(r.buf, kind)
	r.buf = strconv.AppendInt(r.buf, int64(n), 10)
	r.buf = append(r.buf, '\r', '\n')
}

// mapOf begins a map of n pairs.
func (r *reply) mapOf(n int) { r.head('%', n, 2) }

// setOf begins a set.
func (r *reply) setOf(n int) { r.head('~', n, 1) }

// push begins a message that answers nothing.
func (r *reply) push(n int) { r.head('>', n, 1) }

// double is a number.
func (r *reply) double(f float64) {
	if !r.resp3 {
		r.text(formatFloat(f))
		return
	}
	r.buf = append(r.buf, ',')
	r.buf = append(r.buf, formatFloat(f)...)
	r.buf = append(r.buf, '\r', '\n')
}

// texts is an array of strings.
func (r *reply) texts(all []string) {
	r.array(len(all))
	for _, s := range all {
		r.text(s)
	}
}

// formatFloat spells a number as Redis does: without an exponent unless it is very large or small.
func formatFloat(f float64) string {
	abs := math.Abs(f)
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case abs != 0 && (abs < 1e-5 || abs >= 1e17):
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// parseInt reads an integer as strictly as Redis does: no plus sign, no leading zeros, no spaces.
func parseInt(p []byte) (int64, bool) {
	digits := p
	neg := len(p) > 1 && p[0] == '-'
	if neg {
		digits = p[1:]
	}
	if len(digits) == 0 || len(digits) > 19 || digits[0] == '0' && (len(digits) > 1 || neg) {
		return 0, false
	}
	var n uint64
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	switch {
	case neg && n <= 1<<63:
		return -int64(n), true
	case !neg && n < 1<<63:
		return int64(n), true
	}
	return 0, false
}

// parseFloat reads a number, and takes no NaN.
func parseFloat(p []byte) (float64, bool) {
	f, err := strconv.ParseFloat(string(p), 64)
	if err != nil && !math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}
