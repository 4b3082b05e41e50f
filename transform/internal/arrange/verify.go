package arrange

import (
	"fmt"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// Verify checks what a plan must be: each block stands in one place, each goto has a label, no label is
// for nothing, and no two names are one.
func (p *Plan) Verify() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("plan of %s: %s", p.Machine.Name, fmt.Sprintf(format, args...))
	}
	seen := map[*ir.Block]bool{}
	var twice *ir.Block
	p.each(func(blk *ir.Block) {
		if seen[blk] {
			twice = blk
		}
		seen[blk] = true
	})
	if twice != nil {
		return fail("block %d stands in two places", twice.ID)
	}
	labels := map[string]bool{}
	for _, blk := range p.Machine.Blocks {
		label := p.Labels[blk]
		switch {
		case !seen[blk]:
			return fail("block %d stands nowhere", blk.ID)
		case p.goes[blk] && p.Braced[blk]:
			return fail("a goto leads into the braces of block %d", blk.ID)
		case p.goes[blk] != (label != ""):
			return fail("block %d has the label %q", blk.ID, label)
		case label != "" && labels[label]:
			return fail("the label %s is there twice", label)
		}
		labels[label] = true
	}
	for _, label := range p.Landed {
		if labels[label] {
			return fail("the label %s is there twice", label)
		}
		labels[label] = true
	}
	var names []string
	for _, v := range p.Machine.Vars {
		names = append(names, p.Vars[v])
	}
	for _, name := range p.Entry {
		names = append(names, name)
	}
	for _, t := range p.Temps {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	for i := range names {
		if i > 0 && names[i] == names[i-1] {
			return fail("two variables are called %s", names[i])
		}
	}
	return nil
}
