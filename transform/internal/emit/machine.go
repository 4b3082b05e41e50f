package emit

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/arrange"
	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A machine prints what is generated for one unit: constructor, future, frame, Func, methods, body.
type machine struct{ *body }

// print adds the declarations of one machine to the file.
//
//	func sumAsync(n int) rt.Future[int]
//	type sumFuture machine.Boxed[int, sumFrame]
//	type sumFrame struct { fr machine.FrameOf[int]; n, s, i int }
//	var sumFunc = machine.Func{…}
//	func (m *sumFrame) Func() *machine.Func
//	func (m *sumFrame) Reset()
//	func (m *sumFrame) Resume(cx *rt.Context) (w machine.Machine)
//	func sumRun(cx *rt.Context, m *sumFrame, n int) (_ int, _ error, w machine.Machine)
//
// A literal that is called where it stands is only ever run, so it has no future; nor has one that is an arm of a verb.
func (f *file) machine(p *arrange.Plan) {
	m := p.Machine
	g := &machine{body: newBody(f, p)}
	text := g.text()
	g.lifted()
	if m.Boxed && !f.armed[m] {
		g.constructor()
		g.future()
	}
	g.frame()
	g.funcVar()
	g.methods()
	if m.Callback {
		g.maker()
	}
	g.likes()
	g.run(text)
}

// lifted prints the local types and constants of the function, under the names that they have got.
func (g *machine) lifted() {
	if g.m.Lit != nil {
		return
	}
	for _, d := range g.m.Func.Lifted {
		g.decl(g.print(&ast.GenDecl{
			Tok: d.Tok, Lparen: d.Lparen, Rparen: d.Rparen, Specs: g.cloner().copy(d).(*ast.GenDecl).Specs,
		}))
	}
}

// label is how doc comments name the source function.
func (g *machine) label() string {
	if g.m.Lit != nil {
		return fmt.Sprintf("the literal at %s in [%s]", g.belowOf(g.m.Func.Decl.Pos(), g.m.Lit.Pos()), g.docName())
	}
	return "[" + g.docName() + "]"
}

func (g *machine) docName() string {
	name, _, _ := strings.Cut(g.m.Name, ".block")
	name, _, _ = strings.Cut(name, ".lit")
	return name
}

// typeParams is the declaration list of type parameters, with brackets; typeArgs is their use.
func (b *body) typeParams() string {
	if len(b.m.TParams) == 0 {
		return ""
	}
	var s []string
	for i, tp := range b.m.TParams {
		name, typ := tp.Obj().Name(), b.typeText(tp.Constraint())
		if i > 0 && strings.HasSuffix(s[i-1], " "+typ) {
			s[i-1] = strings.TrimSuffix(s[i-1], " "+typ)
		}
		if strings.HasPrefix(typ, "*") || strings.HasPrefix(typ, "(") { // type F[P *S] would declare an array
			typ = "interface{ " + typ + " }"
		}
		s = append(s, name+" "+typ)
	}
	return "[" + strings.Join(s, ", ") + "]"
}

func (b *body) typeArgs() string {
	if len(b.m.TParams) == 0 {
		return ""
	}
	var s []string
	for _, tp := range b.m.TParams {
		s = append(s, tp.Obj().Name())
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// recvText is the type of the receiver.
func (b *body) recvText() string { return b.typeText(b.m.Recv.Type) }

// params is the parameter list, captured variables first, without the receiver.
func (g *machine) params(name func(*ir.Var) string) []string {
	var list []string
	for _, v := range g.m.Captures {
		list = append(list, name(v)+" "+g.ownType(v))
	}
	for i, v := range g.m.Params {
		param, _ := g.param(g.m.Sig, i, name(v), v.Type)
		list = append(list, param)
	}
	return list
}

// receiver starts a function: func, or func (c *Client).
func (g *machine) receiver(name func(*ir.Var) string) string {
	if g.m.Recv != nil {
		return "func (" + name(g.m.Recv) + " " + g.recvText() + ") "
	}
	return "func "
}

// ownTypeParams is the type parameter list of a function; a method has it in its receiver.
func (g *machine) ownTypeParams() string {
	if g.m.Recv != nil {
		return ""
	}
	return g.typeParams()
}

// constructor prints fAsync: it fills the parameters in, and nothing runs.
//
// Where the function is a stream, it makes the stream, which is also what the body yields to. Where it may run
// before all variables of the package have their values, it names the body; see load.Package.AtInit.
func (g *machine) constructor() {
	what := "a lazy future that runs it when polled"
	if g.m.Stream() {
		what = "a stream that runs it as values are asked for"
	}
	name := func(v *ir.Var) string { return g.n.Vars[v] }
	var params, fields []string
	for _, v := range g.given() {
		value := name(v)
		params = append(params, value)
		if g.m.Stream() && v == g.m.Params[len(g.m.Params)-1] {
			continue // see below
		}
		fields = append(fields, g.n.Fields[g.startSlot(v)]+": "+value)
	}
	b := g.beside("b", params...)
	list := g.params(name)
	if n := len(g.m.Captures); g.m.Panic != nil {
		list = slices.Delete(list, n-1, n) // it is the last of these
	}
	if g.m.Stream() {
		list = list[:len(list)-1]
	}
	text := g.receiver(name) + g.m.Names.Async + g.ownTypeParams() + "(" + strings.Join(list, ", ") + ") " + g.futureType() + " {\n"
	if g.pkg.AtInit(g.m.Func) {
		text += "_ = " + g.runName() + " // variables of the package are initialised with async forms\n"
	}
	if len(fields) > 0 {
		text += b + " := &" + g.m.Names.Future + g.typeArgs() + "{Frame: " + g.frameName() + "{" + strings.Join(fields, ", ") + "}}\n"
	} else {
		text += b + " := new(" + g.m.Names.Future + g.typeArgs() + ")\n"
	}
	if g.m.Stream() {
		text += b + ".Frame." + g.n.Fields[g.startSlot(g.m.Params[len(g.m.Params)-1])] + " = " + b + ".Box.Yielder()\n"
	}
	text += "return " + b + ".Box.Init(&" + b + ".Frame)\n}"
	g.decl(text, g.m.Names.Async+" is the async form of "+g.label()+": "+what+".")
}

// given are the variables that the constructor gets: all but a parked panic.
func (g *machine) given() []*ir.Var {
	return slices.DeleteFunc(layout.Params(g.m), func(v *ir.Var) bool { return v == g.m.Panic })
}

// runName is the body of the function as a value.
func (g *machine) runName() string {
	switch {
	case g.m.Recv == nil:
		return g.m.Names.Run + g.typeArgs()
	case strings.HasPrefix(g.recvText(), "*"):
		return "(" + g.recvText() + ")." + g.m.Names.Run
	}
	return g.recvText() + "." + g.m.Names.Run
}

// startSlot is where v is when the call starts.
func (g *machine) startSlot(v *ir.Var) *layout.Slot { return startSlot(g.l, v) }

func startSlot(l *layout.Layout, v *ir.Var) *layout.Slot {
	if s := l.EntryOf[v]; s != nil {
		return s
	}
	return l.SlotOf[v]
}

// element is the T of the future, or stream.
func (g *machine) element() string {
	if g.m.Stream() {
		return g.typeText(g.m.Func.Element())
	}
	values, _ := g.m.Values()
	return g.resultType(values)
}

func (g *machine) futureType() string {
	if g.m.Stream() {
		return rtName("Stream") + "[" + g.element() + "]"
	}
	return rtName("Future") + "[" + g.element() + "]"
}

// future prints the type of the future: one object for a call that is one, spawned or not.
func (g *machine) future() {
	call := "Boxed"
	if g.m.Stream() {
		call = "BoxedStream"
	}
	name := g.m.Names.Future + g.typeParams()
	g.decl("type " + name + " " + machineName(call) + "[" + g.element() + ", " + g.frameName() + "]")
}

// frameName is the type of the frame.
func (b *body) frameName() string { return b.m.Names.Frame + b.typeArgs() }

// structText declares a struct. The name of a field ends with a cell.
func structText(name string, fields []string) string {
	return "type " + name + " struct {\n" + strings.Join(fields, "\n") + "\n}"
}

// frame prints the frame: results, then a field for each slot.
func (g *machine) frame() {
	values, hasErr := g.m.Values()
	base, _ := g.frameBase(values, hasErr)
	fields := []string{arrange.FrameHead + cell + base}
	fields = append(fields, g.fieldGroups()...)
	if g.plan.Guards() {
		fields = append(fields, g.n.DueField+cell+g.dueType())
	}
	g.decl(structText(g.m.Names.Frame+g.typeParams(), fields), g.m.Names.Frame+" is a call of "+g.label()+" that waits.")
	if g.m.DueList {
		g.records()
	}
}

// fieldGroups is the slots, those of one type on one line. A slot that several variables have says so.
func (g *machine) fieldGroups() (fields []string) {
	var list groups
	for _, s := range g.l.Slots {
		typ := g.slotType(s)
		if len(s.Vars) > 1 {
			var names []string
			for _, v := range s.Vars {
				names = append(names, g.n.Vars[v])
			}
			typ += " // " + strings.Join(names, ", ")
		}
		list.add(g.n.Fields[s], typ)
	}
	for _, x := range list {
		fields = append(fields, strings.Join(x.names, ", ")+cell+x.typ)
	}
	return fields
}

func (g *machine) slotType(s *layout.Slot) string {
	if s.Hidden() {
		return "any"
	}
	typ := g.typeText(s.Var.Type)
	if s.Cell {
		typ = "*" + typ
	}
	return typ
}

// records prints the type of a deferred call that is due, where they can repeat.
func (g *machine) records() {
	fields := []string{"at" + cell + "uint8 // which defer statement"}
	if len(g.m.Defers) > 255 {
		fields[0] = "at" + cell + "uint16 // which defer statement"
	}
	seen := map[string]bool{}
	for _, d := range g.m.Defers {
		for _, v := range append([]*ir.Var{d.Fun}, d.Args...) {
			if v != nil {
				fields = append(fields, v.Name+cell+g.ownType(v))
			}
		}
		for _, v := range arrange.Recorded(d) {
			if name := g.n.Vars[v]; !seen[name] {
				seen[name] = true
				fields = append(fields, name+cell+g.ownType(v))
			}
		}
	}
	g.decl(structText(g.recordName()+g.typeParams(), fields), g.recordName()+" is a deferred call of "+g.label()+" that is due.")
}

// funcVar prints the static description of the function.
func (g *machine) funcVar() {
	values, hasErr := g.m.Values()
	_, kind := g.frameBase(values, hasErr)
	var d strings.Builder
	origin, apart := g.origin()
	if apart {
		g.decl(origin)
	} else {
		d.WriteString(origin)
	}
	fmt.Fprintf(&d, "var %s = %s{Name: %q, Pos: %q, ", g.m.Names.Func, machineName("Func"), g.pkg.Name+"."+g.m.Name, g.position(g.start()))
	if kind != "ResultNone" {
		fmt.Fprintf(&d, "Result: %s, ", machineName(kind))
	}
	if g.plan.Guards() {
		d.WriteString("Defers: true, ")
	}
	if c := g.m.Cleanup; c != nil {
		fmt.Fprintf(&d, "Exit: %d, ", c.Park.State)
	}
	if table := g.table(); len(table) > 1 {
		d.WriteString("Table: `\n" + strings.Join(table, "\n") + "`}")
	} else {
		fmt.Fprintf(&d, "Table: %q}", table[0])
	}
	g.decl(d.String())
}

// methods prints the three methods of the frame.
func (g *machine) methods() {
	m, cx, w := g.beside("m"), g.beside("cx"), g.beside("w")
	frame := g.frameName()
	head := "func (" + m + " *" + frame + ") "
	short := head + "Func() *" + machineName("Func") + cell + "{ return &" + g.m.Names.Func + " }\n" +
		head + "Reset()" + cell + "{ *" + m + " = " + frame + "{} }\n"
	if g.m.Boxed && g.m.Panic != nil {
		g.decl(head+"Parked(p *any)"+cell+"{ "+m+"."+g.n.Fields[g.startSlot(g.m.Panic)]+" = p }",
			"Parked tells the future of a deferred call what its recover takes.")
	}
	lhs := g.frameResults(m)
	args := []string{cx, m}
	fun := g.m.Names.Run
	if g.m.Recv != nil {
		fun = m + "." + g.n.Fields[g.startSlot(g.m.Recv)] + "." + fun
	} else if len(g.m.TParams) > 0 {
		fun += g.typeArgs()
	}
	for _, v := range g.m.Captures {
		args = append(args, m+"."+g.n.Fields[g.startSlot(v)])
	}
	for i, v := range g.m.Params {
		_, arg := g.param(g.m.Sig, i, m+"."+g.n.Fields[g.startSlot(v)], v.Type)
		args = append(args, arg)
	}
	call := fun + "(" + strings.Join(args, ", ") + ")"
	head += "Resume(" + cx + " *" + rtName("Context") + ") "
	values, _ := g.m.Values()
	switch head := head + machineName("Machine"); {
	case len(lhs) == 0:
		g.decl(short + head + cell + "{ return " + call + " }")
		return
	case len(values) < 2:
		g.decl(short + head + cell + "{ return " + headOf(m) + ".Done(" + call + ") }")
		return
	}
	g.decl(short + head + "(" + w + " " + machineName("Machine") + ") {\n" +
		strings.Join(append(lhs, w), ", ") + " = " + call + "\n" +
		"return " + w + "\n}")
}

// beside is a name for generated code that is none of the type parameters, and not among others.
func (b *body) beside(base string, others ...string) string {
	for _, tp := range b.m.TParams {
		others = append(others, tp.Obj().Name())
	}
	return arrange.Unique(nil, base, func(s string) bool { return slices.Contains(others, s) })
}

// run prints the body as a function.
func (g *machine) run(text string) {
	doc := g.m.Names.Body() + " is " + g.label() + ", split at its awaits."
	if len(g.m.Awaits) == 0 {
		doc = g.m.Names.Body() + " is " + g.label() + "."
	}
	if g.m.Names.Method {
		doc = strings.Replace(doc, " is ", " is the body of ", 1)
	}
	if isExported(g.m.Names.Body()) && g.m.Lit == nil {
		doc += " It is for generated code, which passes a nil m."
	}
	m, w := g.n.M, g.n.W
	if len(g.m.Awaits) == 0 {
		m = "_"
	}
	if !g.plan.Waits {
		w = "_"
	}
	params := append([]string{g.n.CX + " *" + rtName("Context"), m + " *" + g.frameName()}, g.params(g.paramName)...)
	var results []string
	i := 0
	for v := range g.m.Sig.Results().Variables() {
		name := "_"
		if i < len(g.m.Results) && (g.m.Results[i].Name != "_" || g.m.Cleanup != nil || g.plan.CellResults()) {
			name = g.paramName(g.m.Results[i])
		}
		i++
		results = append(results, name+" "+g.typeText(v.Type()))
	}
	results = append(results, w+" "+machineName("Machine"))
	head := g.receiver(g.paramName)
	if g.m.Names.Method {
		head = "func (" + load.BodiesType + ") "
	}
	g.decl(head+g.m.Names.Body()+g.ownTypeParams()+"("+strings.Join(params, ", ")+") ("+strings.Join(results, ", ")+") {\n"+text+"\n}", doc)
}
