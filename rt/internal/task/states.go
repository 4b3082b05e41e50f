package task

import (
	"path"
	"strconv"
	"strings"
)

// State is a place where a function waits.
type State struct {
	Name   string // stable: derived from what is awaited
	Pos    string // file:line of the source
	Live   string // the variables that are kept, by name
	Awaits string // what is awaited, as the source has it
}

// at is the state of that number. It is empty where there is none.
//
// Generated code has the states in one string, which is read when somebody wants to know: a line for each, in
// columns that are two spaces or more apart. They are what is awaited, how many lines this is below [Func.Pos], and the
// variables that are kept, each with the field that has it where that has another name. Three dots are all that the
// line above has.
//
//	start      +0  url, client
//	Conn.Read  +4  client, buf, n=slot1
//	Conn.Read  +9  ..., m
func (f *Func) at(state uint32) State {
	list := f.States
	if f.Table != "" {
		list = f.table()
	}
	if int(state) >= len(list) {
		return State{}
	}
	return list[state]
}

// stateOf is the state that m is in.
func stateOf(m Machine) State { return m.Func().at(Head(m).state) }

// table reads the table, for the first time or again.
func (f *Func) table() []State {
	if known := f.read.Load(); known != nil { // pairs with the Store below
		return *known
	}
	var list []State
	seen := map[string]int{}
	file, line, _ := strings.Cut(f.Pos, ":")
	first, _ := strconv.Atoi(line)
	for row := range strings.Lines(strings.TrimPrefix(f.Table, "\n")) {
		awaits, rest, _ := strings.Cut(strings.TrimRight(row, "\n"), "  ")
		below, live, _ := strings.Cut(strings.TrimLeft(rest, " "), "  ")
		n, _ := strconv.Atoi(strings.TrimPrefix(below, "+"))
		s := State{
			Name: strings.TrimPrefix(path.Ext("."+awaits), "."), Awaits: awaits,
			Pos: file + ":" + strconv.Itoa(first+n), Live: strings.TrimLeft(live, " "),
		}
		if n := len(list); n == 0 {
			s.Awaits = ""
		} else if more, ok := strings.CutPrefix(s.Live, "..."); ok {
			s.Live = list[n-1].Live + more
		}
		if seen[s.Name]++; seen[s.Name] > 1 {
			s.Name += strconv.Itoa(seen[s.Name])
		}
		list = append(list, s)
	}
	f.read.Store(&list)
	return list
}
