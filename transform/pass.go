package transform

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io"
	"runtime/debug"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
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
	{"rename", edit(plain.Rename), nil, dumpGo},
	{"lift", edit(plain.Lift), nil, dumpGo},
	{"sugar", edit(plain.Sugar), nil, dumpGo},
	{"hoist", edit(plain.Hoist), verifyPlain, dumpGo},
	{"lower", lowerAll, verifyIR, dumpIR},
	{"layout", layoutAll, nil, dumpLayout},
	{"emit", emitAll, verifyOutput, dumpOutput},
}

// A compilation is the way of one package through the passes. Each pass fills in a field, or edits
// the package.
type compilation struct {
	cfg Config
	pkg *load.Package

	machines  []*ir.Machine // by lower: marked functions, with their blocks
	layouts   map[*ir.Machine]*layout.Layout
	files     []File
	inspected []Machine

	laying *load.Func // the function that layout or emit has in hand
}

// run runs all passes. A problem ends it: what comes after would work on something unfinished.
func (c *compilation) run() diag.List {
	for _, p := range passes {
		if list := c.step(p); list.Failed() {
			return list
		}
		if p.dump != nil && (slices.Contains(c.cfg.Dump, p.name) || slices.Contains(c.cfg.Dump, "all")) {
			fmt.Fprintf(c.cfg.DumpTo, "# %s %s\n", p.name, c.pkg.Path)
			p.dump(c, c.cfg.DumpTo)
		}
	}
	if c.cfg.Inspect {
		return c.step(pass{name: "inspect", run: (*compilation).inspect})
	}
	return nil
}

// step runs one pass and its verifier. A panic is a mistake of ours: it becomes a problem that names
// the pass and the function, so that the user can go on without the one and report the other.
func (c *compilation) step(p pass) (list diag.List) {
	c.laying = nil
	defer func() {
		if v := recover(); v != nil {
			list = c.internal(p.name, fmt.Sprintf("panic: %v", v))
			if c.cfg.Verify {
				list[0].Message += "\n" + string(debug.Stack())
			}
		}
	}()
	if err := p.run(c); err != nil {
		return c.problems(p.name, err)
	}
	if p.verify != nil && c.cfg.Verify {
		if err := p.verify(c); err != nil {
			return c.internal(p.name, err.Error())
		}
	}
	return nil
}

// problems tells a refusal of a pass, which has a rule, from a pass that made nonsense.
func (c *compilation) problems(pass string, err error) diag.List {
	var list diag.List
	if errors.As(err, &list) && !slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.ID == "" }) {
		return list
	}
	return c.internal(pass, err.Error())
}

// internal is a problem that is not the user's fault.
func (c *compilation) internal(pass, what string) (list diag.List) {
	fn := c.pkg.Current()
	if fn == nil {
		fn = c.laying
	}
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

// edit makes a pass of a function that edits the package.
func edit(f func(*load.Package) error) func(*compilation) error {
	return func(c *compilation) error { return f(c.pkg) }
}

func verifyPlain(c *compilation) error { return plain.Verify(c.pkg) }

func lowerAll(c *compilation) (err error) {
	c.machines, err = lower.Package(c.pkg)
	return err
}

func verifyIR(c *compilation) error {
	for _, m := range c.allMachines() {
		c.laying = m.Func
		if err := ir.Verify(m); err != nil {
			return err
		}
	}
	return nil
}

func layoutAll(c *compilation) error {
	c.layouts = map[*ir.Machine]*layout.Layout{}
	for _, m := range c.allMachines() {
		c.laying = m.Func
		c.layouts[m] = layout.Of(m)
	}
	return nil
}

func emitAll(c *compilation) error {
	units := map[*load.File][]emit.Unit{}
	for _, m := range c.allMachines() {
		units[m.Func.File] = append(units[m.Func.File], emit.Unit{Machine: m, Layout: c.layouts[m]})
	}
	for _, f := range c.pkg.Files {
		if len(units[f]) == 0 {
			continue
		}
		c.laying = units[f][0].Machine.Func
		out, err := emit.File(c.pkg, f, units[f])
		if err != nil {
			return err
		}
		c.files = append(c.files, File{Name: f.Out, Source: f.Name, Content: seal(out)})
	}
	return nil
}

// verifyOutput type-checks the generated files, and makes sure that gofmt would leave them alone.
func verifyOutput(c *compilation) error {
	c.laying = nil
	for _, f := range c.files {
		formatted, err := format.Source(f.Content)
		if err != nil {
			return err
		}
		if !bytes.Equal(formatted, f.Content) {
			return fmt.Errorf("%s is not formatted", f.Name)
		}
	}
	_, err := c.pkg.CheckOutput(c.outputs())
	return err
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

// chosen says whether a function is to be dumped.
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

func dumpOutput(c *compilation, w io.Writer) {
	for _, f := range c.files {
		if slices.ContainsFunc(c.pkg.Funcs, func(fn *load.Func) bool { return fn.File.Out == f.Name && c.chosen(fn) }) {
			fmt.Fprintf(w, "%s\n", f.Content)
		}
	}
}
