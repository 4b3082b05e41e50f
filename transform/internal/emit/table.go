package emit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

// A state is a line of the table of states.
type state struct {
	name, pos, awaits, live string
}

// stateList is the start and all awaits of the machine, in source order.
func (b *body) stateList() []state {
	start := b.m.Body.Pos()
	if b.m.Lit == nil {
		start = b.m.Func.Decl.Pos()
	}
	list := []state{{name: "start", pos: b.position(start), live: b.live(0)}}
	seen := map[string]int{}
	for _, t := range b.m.Awaits {
		name := StateName(t, seen)
		list = append(list, state{name: name, pos: b.position(t.At), awaits: t.Name, live: b.live(t.State)})
	}
	return list
}

// StateName is the stable name of a state: what is awaited, with a number where that comes again.
func StateName(t *ir.Await, seen map[string]int) string {
	name := t.Name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	seen[name]++
	if n := seen[name]; n > 1 {
		return fmt.Sprintf("%s%d", name, n)
	}
	return name
}

// live is the names of what a state keeps.
func (b *body) live(state int) string {
	var s []string
	for _, v := range b.l.Keeps[state] {
		s = append(s, b.n.vars[v])
	}
	return strings.Join(s, ", ")
}

// table is the header comment of a machine: its states, where they are, and what they keep.
func (g *machine) table() []string {
	rows := [][]string{{"state", "name", "source", "keeps"}}
	for i, s := range g.states {
		rows = append(rows, []string{strconv.Itoa(i), s.name, s.pos, s.live})
	}
	for col := range 3 {
		align(rows, col, 2)
	}
	out := []string{"//"}
	for _, row := range rows {
		out = append(out, "//\t"+strings.TrimRight(strings.Join(row, ""), " "))
	}
	return out
}
