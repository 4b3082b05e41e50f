package transform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"go/format"
	"io"
	"runtime/debug"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/diag"
	"github.com/asyncgen/asyncgen/transform/internal/edit"
	"github.com/asyncgen/asyncgen/transform/internal/emit"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/lower"
	"github.com/asyncgen/asyncgen/transform/internal/plain"
)

// A pass is one step. Its name is the same in this table, in its package, in -dump and in tests.
type pass struct {
	name   string
	run    func(*compilation) error
	verify func(*compilation) error
	dump   func(*compilation, io.Writer)
}

// passes are the steps in the order in which they run; nothing else knows the order.
var passes = []pass{
	{"rename", editing(plain.Rename), nil, dumpGo},
	{"lift", editing(plain.Lift), nil, dumpGo},
	{"sugar", editing(plain.Sugar), nil, dumpGo},
	{"hoist", editing(plain.Hoist), verifyPlain, dumpGo},
	{"lower", lowerAll, verifyIR, dumpIR},
	{"layout", layoutAll, nil, dumpLayout},
	{"arrange", arrangeAll, verifyPlans, dumpPlans},
	{"emit", emitAll, verifyOutput, dumpOutput},
}

// A compilation is the way of one package through the passes. Each pass fills in a field, or edits
// the package.
type compilation struct {
	cfg  Config
	pkg  *load.Package
	edit *edit.Editor // of pkg

	machines  []*ir.Machine // by lower: marked functions, with their blocks
	layouts   map[*ir.Machine]*layout.Layout
	plans     map[*ir.Machine]*arrange.Plan
	files     []File
	inspected []Machine
}

// run runs all passes. A function that has a problem goes on no further; the others do, so that all
// problems are found in one run.
func (c *compilation) run() (problems diag.List) {
	if c.cfg.Verify {
		c.edit.Strict()
	}
	for _, p := range passes {
		list := c.step(p)
		problems = append(problems, list...)
		if list.Failed() {
			if !c.without(list) {
				return problems
			}
			continue
		}
		if p.dump != nil && (slices.Contains(c.cfg.Dump, p.name) || slices.Contains(c.cfg.Dump, "all")) {
			fmt.Fprintf(c.cfg.DumpTo, "# %s %s\n", p.name, c.pkg.Path)
			p.dump(c, c.cfg.DumpTo)
		}
	}
	if !c.cfg.NoCheck && !problems.Failed() {
		problems = append(problems, c.step(pass{name: "emit", run: (*compilation).checkWritten})...)
	}
	if c.cfg.Inspect && !problems.Failed() {
		return append(problems, c.step(pass{name: "inspect", run: (*compilation).inspect})...)
	}
	return problems
}

// rest runs the passes over the functions that have no problem so far, and returns what is found. Where
// something is wrong anyway, a failure of a pass says nothing: it may follow from that.
func (c *compilation) rest(found diag.List) diag.List {
	if found.Failed() && !c.without(found) {
		return nil
	}
	list := c.run()
	if found.Failed() || slices.ContainsFunc(list, func(d Problem) bool { return d.ID != diag.Internal }) {
		list = slices.DeleteFunc(list, func(d Problem) bool { return d.ID == diag.Internal })
	}
	return list
}

// without takes the mark from the functions that have the problems, and reports whether the others can go on.
func (c *compilation) without(problems diag.List) bool {
	has := func(fn *load.Func) bool {
		return slices.ContainsFunc(problems, func(d Problem) bool { return !d.Warning && d.Decl == fn.Decl })
	}
	if slices.ContainsFunc(problems, func(d Problem) bool { return d.ID == diag.Internal }) {
		return false
	}
	before := len(c.pkg.Funcs)
	c.pkg.Funcs = slices.DeleteFunc(slices.Clone(c.pkg.Funcs), has)
	c.machines = slices.DeleteFunc(c.machines, func(m *ir.Machine) bool { return m == nil || has(m.Func) })
	if len(c.pkg.Funcs) == 0 {
		return false
	}
	if len(c.pkg.Funcs) == before {
		return true // what is wrong is outside of the functions
	}
	return c.edit.Recheck() == nil
}

// step runs one pass and its verifier. A panic is a mistake of ours: it becomes a problem that names
// the pass and the function, so that the user can go on without the one and report the other.
func (c *compilation) step(p pass) (list diag.List) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *load.Panic:
			list = c.panicked(p.name, v.Func, v.Value, v.Stack)
		default:
			list = c.panicked(p.name, nil, v, debug.Stack())
		}
	}()
	if err := p.run(c); err != nil {
		return c.problems(p.name, err)
	}
	if p.verify != nil && c.cfg.Verify {
		if err := p.verify(c); err != nil {
			return c.internal(p.name, nil, err.Error())
		}
	}
	return nil
}

// panicked is the problem that a panic becomes.
func (c *compilation) panicked(pass string, fn *load.Func, v any, stack []byte) diag.List {
	what := fmt.Sprintf("panic: %v", v)
	list := c.internal(pass, fn, what)
	if c.cfg.Verify {
		list[0].Message += "\n" + string(stack)
	}
	return list
}

// problems tells a refusal of a pass, which has a rule, from a pass that made nonsense.
func (c *compilation) problems(pass string, err error) diag.List {
	var list diag.List
	if errors.As(err, &list) && !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.ID == "" }) {
		return list
	}
	return c.internal(pass, c.owner(err), err.Error())
}

// owner is the function that an error of a pass belongs to, nil if nothing tells.
func (c *compilation) owner(err error) *load.Func {
	var list diag.List
	var one *load.FuncError
	switch {
	case errors.As(err, &one):
		return one.Func
	case errors.As(err, &list) && len(list) > 0:
		for _, fn := range c.pkg.Funcs {
			if fn.Decl == list[0].Decl {
				return fn
			}
		}
	}
	return nil
}

// internal is a problem that is not the user's fault; fn is nil where it belongs to no function.
func (c *compilation) internal(pass string, fn *load.Func, what string) (list diag.List) {
	hint := "please report it with the output of -dump=" + pass
	if fn == nil {
		list.Add(c.pkg.Position(c.pkg.Funcs[0].Directive), diag.Internal, hint,
			"asyncgen failed in pass %s of package %s: %s", pass, c.pkg.Path, what)
		return list
	}
	list.Add(c.pkg.Position(fn.Decl.Name.Pos()), diag.Internal, hint+" -func="+funcName(fn),
		"asyncgen failed in pass %s of %s: %s", pass, funcName(fn), what)
	return list
}

// editing makes a pass of a function that edits the package.
func editing(f func(*edit.Editor) error) func(*compilation) error {
	return func(c *compilation) error { return f(c.edit) }
}

func verifyPlain(c *compilation) error { return plain.Verify(c.edit) }

func lowerAll(c *compilation) (err error) {
	c.machines, err = lower.Package(c.pkg)
	return err
}

func verifyIR(c *compilation) error {
	return c.pkg.Each(func(i int, fn *load.Func, errs *diag.List) {
		for _, m := range c.machines[i].All() {
			if err := ir.Verify(m); err != nil {
				errs.Add(c.pkg.Position(fn.Decl.Name.Pos()), "", "", "%s: %v", m.Name, err)
			}
		}
	})
}

func layoutAll(c *compilation) (err error) {
	c.layouts, err = ofEach(c, layout.Of)
	return err
}

func arrangeAll(c *compilation) (err error) {
	c.plans, err = ofEach(c, func(m *ir.Machine) *arrange.Plan { return arrange.Of(m, c.layouts[m]) })
	return err
}

func verifyPlans(c *compilation) error {
	return c.pkg.Each(func(i int, fn *load.Func, errs *diag.List) {
		for _, m := range c.machines[i].All() {
			if err := c.plans[m].Verify(); err != nil {
				errs.Add(c.pkg.Position(fn.Decl.Name.Pos()), "", "", "%v", err)
			}
		}
	})
}

// ofEach is what f makes of each machine.
func ofEach[T any](c *compilation, f func(*ir.Machine) T) (map[*ir.Machine]T, error) {
	done := make([][]T, len(c.machines))
	err := c.pkg.Each(func(i int, _ *load.Func, _ *diag.List) {
		for _, m := range c.machines[i].All() {
			done[i] = append(done[i], f(m))
		}
	})
	all := map[*ir.Machine]T{}
	for i, list := range done {
		for j, v := range list {
			all[c.machines[i].All()[j]] = v
		}
	}
	return all, err
}

func emitAll(c *compilation) error {
	all := emit.Plans{}
	for _, m := range c.machines {
		all[m.Func.Decl.Name.Pos()] = c.plans[m]
	}
	files := make([]File, len(c.machines)) // at the place of its first function
	errs := make([]error, len(c.machines))
	c.pkg.EachFile(func(first int, funcs []*load.Func) {
		var plans []*arrange.Plan
		for i := range funcs {
			for _, m := range c.machines[first+i].All() {
				plans = append(plans, c.plans[m])
			}
		}
		f := funcs[0].File
		out, err := emit.File(c.pkg, f, plans, all)
		if err != nil {
			errs[first] = err
			return
		}
		files[first] = File{Name: f.Out, Source: f.Name, Content: seal(out), crlf: hasCRLF(f.Src)}
	})
	if err := cmp.Or(errs...); err != nil {
		return err
	}
	c.files = slices.DeleteFunc(files, func(f File) bool { return f.Name == "" })
	return nil
}

// checkWritten type-checks what is about to be written: a file with an error in it is our mistake, and worse
// than none.
func (c *compilation) checkWritten() error {
	list := c.pkg.CheckWritten(c.outputs())
	if !list.Failed() {
		return nil
	}
	list = slices.CompactFunc(list, func(a, b Problem) bool { return a.Pos == b.Pos }) // one for each function
	for i := range list {
		list[i].ID = diag.Internal
		list[i].Message = "asyncgen makes code for this function that does not compile: " + list[i].Message
		list[i].Hint = "nothing is written; please report it with the function, without whose mark the rest can be generated"
	}
	return list
}

// verifyOutput type-checks the generated files together with the source as it is on disk, and makes sure that
// gofmt would leave them alone.
func verifyOutput(c *compilation) error {
	for _, f := range c.files {
		formatted, err := format.Source(f.Content)
		if err != nil {
			return err
		}
		if !bytes.Equal(formatted, f.Content) {
			return fmt.Errorf("%s is not formatted: %s", f.Name, difference(f.Content, formatted))
		}
	}
	_, err := c.pkg.CheckOutput(c.outputs())
	return err
}

// difference is the first line of two texts in which they differ.
func difference(a, b []byte) string {
	other := bytes.Split(b, []byte("\n"))
	for i, line := range bytes.Split(a, []byte("\n")) {
		if i >= len(other) || !bytes.Equal(line, other[i]) {
			return fmt.Sprintf("line %d is %q, not %q", i+1, line, slices.Concat(other[min(i, len(other)):min(i+1, len(other))]...))
		}
	}
	return "it is shorter"
}

// outputs are the contents of the generated files, by name.
func (c *compilation) outputs() map[string][]byte {
	outputs := map[string][]byte{}
	for _, f := range c.files {
		outputs[f.Name] = f.Content
	}
	return outputs
}

// allMachines are the machines of the package in source order, blocks after the function they are in.
func (c *compilation) allMachines() []*ir.Machine {
	var all []*ir.Machine
	for _, m := range c.machines {
		all = append(all, m.All()...)
	}
	return all
}

// chosen reports whether a function is to be dumped.
func (c *compilation) chosen(fn *load.Func) bool {
	return c.cfg.Func == "" || c.cfg.Func == funcName(fn) || c.cfg.Func == fn.Decl.Name.Name
}

func dumpGo(c *compilation, w io.Writer) {
	for _, fn := range c.pkg.Funcs {
		if !c.chosen(fn) {
			continue
		}
		fmt.Fprintf(w, "// %s\n", shortPosition(c.pkg, fn))
		if err := format.Node(w, c.pkg.Fset, fn.Decl); err != nil {
			fmt.Fprintf(w, "// cannot be printed: %v", err)
		}
		fmt.Fprint(w, "\n\n")
	}
}

func dumpIR(c *compilation, w io.Writer) {
	for _, m := range c.allMachines() {
		if c.chosen(m.Func) {
			fmt.Fprintln(w, ir.Print(m))
		}
	}
}

func dumpLayout(c *compilation, w io.Writer) {
	for _, m := range c.allMachines() {
		if c.chosen(m.Func) {
			fmt.Fprintln(w, c.layouts[m])
		}
	}
}

func dumpPlans(c *compilation, w io.Writer) {
	for _, m := range c.allMachines() {
		if c.chosen(m.Func) {
			fmt.Fprintln(w, c.plans[m])
		}
	}
}

func dumpOutput(c *compilation, w io.Writer) {
	for _, f := range c.files {
		if slices.ContainsFunc(c.pkg.Funcs, func(fn *load.Func) bool { return fn.File.Out == f.Name && c.chosen(fn) }) {
			fmt.Fprintf(w, "%s\n", f.Content)
		}
	}
}
