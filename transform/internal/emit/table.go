package emit

import (
	"fmt"
	"go/token"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
)

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

// table is what machine.Func says of the states: what is awaited, how many lines this is below the function, and what is
// kept there, each with its field where that has another name.
//
//	start  +0  pages
//	fetch  +3  pages, sum=slot1
func (b *body) table() []string {
	rows := [][]string{{"start", "+0", b.live(0)}}
	above := rows[0][2]
	for _, t := range b.m.Awaits {
		live := b.live(t.State)
		rows = append(rows, []string{t.Name, b.below(t.At), abridged(live, above)})
		above = live
	}
	for col := range 2 {
		align(rows, col, 2)
	}
	var out []string
	for _, row := range rows {
		out = append(out, strings.TrimRight(strings.Join(row, ""), " "))
	}
	return out
}

// abridged is what a state keeps in a few words, if it is much and all that the state above it keeps: "..., v9". What
// grows by one from state to state would fill pages otherwise.
func abridged(live, above string) string {
	const much = 100
	more, ok := strings.CutPrefix(live, above)
	if len(above) < much || !ok || more != "" && more[0] != ',' {
		return live
	}
	return "..." + more
}

// live is the names of what a state keeps.
func (b *body) live(state int) string {
	var list []string
	for _, v := range b.l.Keeps[state] {
		name, slot := b.n.Vars[v], b.l.SlotOf[v]
		if state == 0 && b.l.EntryOf[v] != nil {
			slot = b.l.EntryOf[v]
		}
		if field := b.n.Fields[slot]; field != name {
			name += "=" + field
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

// start is where the machine begins in the source.
func (b *body) start() token.Pos {
	if b.m.Lit != nil {
		return b.m.Lit.Pos()
	}
	return b.m.Func.Decl.Pos()
}

// below says how many lines below its start a place of the machine is. So what is generated stays the same
// when the function moves.
func (b *body) below(pos token.Pos) string { return b.belowOf(b.start(), pos) }

func (b *body) belowOf(start, pos token.Pos) string {
	if !pos.IsValid() {
		return "+0"
	}
	return fmt.Sprintf("+%d", b.lineOf(pos)-b.lineOf(start))
}
