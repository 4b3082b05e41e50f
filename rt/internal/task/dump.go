package task

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Dump writes what d says.
func (r *Runtime) Dump(w io.Writer, d *Dumper) error {
	r.looks.RLock()
	defer r.looks.RUnlock()
	d.r, d.in.locals = r, d.Locals
	out := bufio.NewWriter(w)
	switch {
	case !d.Json:
		d.writeText(out)
	case d.Places:
		if err := d.writePlaces(out); err != nil {
			return err
		}
	default:
		d.writeJSON(out)
	}
	return out.Flush()
}

// Dumper makes one dump.
type Dumper struct {
	r      *Runtime
	in     Inspector
	Json   bool
	Places bool // in JSON: tasks that wait in the same place are one object
	Locals bool
	seen   int
	blocks map[*Task]edge // who waits for the handle of whom
}

// edge is a task that waits for another one.
type edge struct {
	name string
	to   *Task
}

// each calls f for each task that is listed.
func (d *Dumper) each(f func(*TaskInfo)) {
	d.blocks = map[*Task]edge{}
	d.r.eachTask(func(t *Task) {
		info := d.in.task(t)
		if info == nil {
			return
		}
		d.seen++
		if info.waitsOn != nil {
			d.blocks[t] = edge{info.Name, info.waitsOn}
		}
		f(info)
	})
}

// notListed is how many tasks live that have not waited yet, as far as that can be known of what changes.
func (d *Dumper) notListed() uint64 {
	if alive := d.r.Alive(); alive > uint64(d.seen) {
		return alive - uint64(d.seen)
	}
	return 0
}

// cycles are the tasks that wait for each other, by their names.
func (d *Dumper) cycles() [][]string {
	cycles := [][]string{}
	done := map[*Task]int{} // which walk has come by
	walk := 0
	for start := range d.blocks {
		walk++
		var path []*Task
		t := start
		for done[t] == 0 {
			next, ok := d.blocks[t]
			if !ok {
				break
			}
			done[t] = walk
			path = append(path, t)
			t = next.to
		}
		if i := slices.Index(path, t); i >= 0 && done[t] == walk {
			var names []string
			for _, t := range path[i:] {
				names = append(names, d.blocks[t].name)
			}
			cycles = append(cycles, canonical(names))
		}
	}
	slices.SortFunc(cycles, func(a, b []string) int { return slices.Compare(a, b) })
	return cycles
}

// canonical is the cycle with the least name first.
func canonical(names []string) []string {
	least := 0
	for i := range names {
		if names[i] < names[least] {
			least = i
		}
	}
	return append(slices.Clone(names[least:]), names[:least]...)
}

func (d *Dumper) writeJSON(w *bufio.Writer) {
	name, _ := json.Marshal(d.r.Name)
	fmt.Fprintf(w, `{"runtime":%s,"tasks":[`, name)
	first := true
	d.each(func(info *TaskInfo) {
		if !first {
			w.WriteByte(',')
		}
		first = false
		text, err := json.Marshal(info)
		if err != nil {
			text, _ = json.Marshal(TaskInfo{Name: info.Name, Status: err.Error()})
		}
		w.WriteString("\n")
		w.Write(text)
	})
	goroutines := []*TaskInfo{}
	for _, s := range d.r.waitingGoroutines() {
		goroutines = append(goroutines, d.in.goroutine(s))
	}
	text, err := json.Marshal(goroutines)
	if err != nil {
		text = []byte("[]")
	}
	fmt.Fprintf(w, "\n],\"blockOn\":%s,", text)
	text, _ = json.Marshal(d.cycles())
	fmt.Fprintf(w, "\"notListed\":%d,\"cycles\":%s}\n", d.notListed(), text)
}

// paragraph is tasks that wait in the same place.
type paragraph struct {
	status      string
	text        string
	n           int
	least, most time.Duration // for which they wait
	names       []string      // some of those that have one of their own
	first       TaskInfo      // one of them
	some        []TaskInfo    // some of them, if they were asked for
}

// paragraphs is tasks by the place where they wait.
type paragraphs struct {
	byText map[string]*paragraph
	text   bytes.Buffer // of the task that is added
	all    []*paragraph
	some   bool // some of the tasks of each are kept, and the values of their variables do not tell them apart
}

// add adds a task. function is what is said of it if it is not known what it does.
func (ps *paragraphs) add(info *TaskInfo, function, label string) {
	b := &ps.text
	b.Reset()
	b.WriteString(info.Status)
	if info.Origin != "" {
		b.WriteString("\tspawned by " + info.Origin + "\n")
	}
	if len(info.Chain) == 0 {
		b.WriteString("\t" + function + "\n")
	}
	writeCalls(b, info.Chain, "\t", !ps.some)
	p := ps.byText[string(b.Bytes())] // no copy
	if p == nil {
		text := b.String()
		p = &paragraph{status: info.Status, text: text[len(info.Status):], least: info.waits, first: info.clone()}
		if ps.byText == nil {
			ps.byText = map[string]*paragraph{}
		}
		ps.byText[text] = p
		ps.all = append(ps.all, p)
	}
	p.n++
	p.least, p.most = min(p.least, info.waits), max(p.most, info.waits)
	if label != "" && len(p.names) < mostNames {
		p.names = append(p.names, label)
	}
	if ps.some && len(p.some) < mostNames {
		p.some = append(p.some, info.clone())
	}
}

// sorted is all of them, the largest first.
func (ps *paragraphs) sorted() []*paragraph {
	slices.SortStableFunc(ps.all, func(a, b *paragraph) int { return b.n - a.n })
	return ps.all
}

// write writes them.
func (ps *paragraphs) write(w *bufio.Writer, what string) {
	for _, p := range ps.sorted() {
		fmt.Fprintf(w, "\n%s", plural(p.n, what))
		if len(p.names) > 0 {
			fmt.Fprintf(w, " (%s", strings.Join(p.names, ", "))
			if p.n > len(p.names) {
				w.WriteString(", …")
			}
			w.WriteString(")")
		}
		w.WriteString(" " + p.status)
		switch least, most := rounded(p.least), rounded(p.most); {
		case p.most == 0:
		case least == most:
			fmt.Fprintf(w, " for %v", most)
		default:
			fmt.Fprintf(w, " for %v to %v", least, most)
		}
		w.WriteString(":\n" + p.text)
	}
}

// mostNames is how many names of tasks a paragraph has.
const mostNames = 5

func (d *Dumper) writeText(w *bufio.Writer) {
	var tasks, goroutines paragraphs
	d.each(func(info *TaskInfo) { tasks.add(info, info.function(), info.label()) })
	for _, s := range d.r.waitingGoroutines() {
		goroutines.add(d.in.goroutine(s), "BlockOn", "")
	}
	fmt.Fprintf(w, "runtime %s: %s", d.r.Name, Counted(d.seen, "task"))
	if n := d.notListed(); n > 0 {
		fmt.Fprintf(w, ", and %d that have not waited yet", n)
	}
	w.WriteString("\n")
	tasks.write(w, "task")
	goroutines.write(w, "goroutine in BlockOn")
	for _, cycle := range d.cycles() {
		fmt.Fprintf(w, "\nin a circle: %s waits for %s\n", cycle[0], strings.Join(append(cycle[1:], cycle[0]), ", which waits for "))
	}
}

// rounded is d as people read it.
func rounded(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	first, rest, _ := strings.Cut(what, " ")
	return strings.TrimSuffix(fmt.Sprintf("%d %ss %s", n, first, rest), " ")
}

// function is the outermost function of the task, whatever its name is.
func (t *TaskInfo) function() string {
	if f := t.task.Load().function(); f != nil {
		return f.Name
	}
	return t.Name
}

// label is what tells the task from others of its function, if anything does.
func (t *TaskInfo) label() string {
	name := t.Name
	if name == t.function() {
		name = ""
	}
	switch {
	case t.ID == 0:
		return name
	case name == "":
		return fmt.Sprintf("#%d", t.ID)
	}
	return fmt.Sprintf("#%d %s", t.ID, name)
}

// Text is the chain of the task as the text of a dump has it, a line for each call.
func (t TaskInfo) Text() string {
	var b bytes.Buffer
	writeCalls(&b, t.Chain, "\t", true)
	return b.String()
}

// writeCalls writes a chain, a line a call, and with locals the values of its variables below it.
func writeCalls(b *bytes.Buffer, calls []Call, indent string, locals bool) {
	for _, c := range calls {
		b.WriteString(indent + c.Function)
		if c.Pos != "" {
			b.WriteString(" " + c.Pos)
		}
		if c.Awaits != "" {
			b.WriteString(" awaits " + c.Awaits)
		}
		if c.State != "" && c.Pos == "" && !strings.HasSuffix(c.Function, "."+c.State) {
			b.WriteString(" [" + c.State + "]")
		}
		if c.Detail != "" {
			b.WriteString(" (" + c.Detail + ")")
		}
		b.WriteString("\n")
		if locals {
			for _, l := range c.Locals {
				fmt.Fprintf(b, "%s\t%s = %s\n", indent, l.Name, l.Value)
			}
		}
		for i, calls := range c.Branches {
			if len(c.Branches) > 1 {
				fmt.Fprintf(b, "%s  branch %d:\n", indent, i)
			}
			writeCalls(b, calls, indent+"    ", locals)
		}
	}
}
