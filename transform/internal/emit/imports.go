package emit

import "bytes"

// grouped puts the imports of the standard library before the others, as goimports does:
//
//	import (
//		"fmt"
//
//		"github.com/asyncgen/asyncgen/rt"
//	)
//
// The order within a group is go/format's.
func grouped(src []byte) []byte {
	before, rest, ok := bytes.Cut(src, []byte("\nimport (\n"))
	block, after, end := bytes.Cut(rest, []byte("\n)\n"))
	if !ok || !end {
		return src
	}
	var std, others [][]byte
	for line := range bytes.SplitSeq(block, []byte("\n")) {
		_, path, _ := bytes.Cut(line, []byte(`"`))
		if first, _, _ := bytes.Cut(path, []byte("/")); bytes.Contains(first, []byte(".")) {
			others = append(others, line)
		} else {
			std = append(std, line)
		}
	}
	if len(std) == 0 || len(others) == 0 {
		return src
	}
	lines := append(append(std, nil), others...)
	return bytes.Join([][]byte{before, []byte("\nimport (\n"), bytes.Join(lines, []byte("\n")), []byte("\n)\n"), after}, nil)
}
