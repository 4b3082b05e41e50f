package emit

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/asyncgen/asyncgen/transform/internal/ir"
	"github.com/asyncgen/asyncgen/transform/internal/layout"
)

// A machine prints what is generated for one unit: constructor, future, frame, Func, methods, body.
type machine struct {
	*body
	jf *jen.File
}

// print adds the declarations of one machine to the file.
//
//	func sumAsync(n int) rt.Future[int]
//	type sumFuture struct { rt.Box[int]; sumFrame }
//	type sumFrame struct { rt.FrameOf[int]; n, s, i int }
//	var sumFunc = rt.Func{…}
//	func (m *sumFrame) Func() *rt.Func
//	func (m *sumFrame) Reset()
//	func (m *sumFrame) Resume(cx *rt.Context) (w rt.Machine)
//	func sumRun(cx *rt.Context, m *sumFrame, n int) (_ int, _ error, w rt.Machine)
//
// A literal that is called where it stands is only ever run, so it has no future.
func (f *file) machine(jf *jen.File, m *ir.Machine, l *layout.Layout) {
	g := &machine{body: newBody(f, m, l), jf: jf}
	text := g.text()
	g.lifted()
	if m.Boxed {
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
		g.jf.Line().Add(code(g.print(&ast.GenDecl{
			Tok: d.Tok, Lparen: d.Lparen, Rparen: d.Rparen, Specs: g.cloner().copy(d).(*ast.GenDecl).Specs,
		})))
	}
}

// label is how doc comments name the source function.
func (g *machine) label() string {
	if g.m.Lit != nil {
		return fmt.Sprintf("the literal at %s in [%s]", g.position(g.m.Lit.Pos()), g.docName())
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
		name, typ := b.tparamName(tp), b.typeText(tp.Constraint())
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
		s = append(s, b.tparamName(tp))
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// tparamName gives a blank type parameter of a receiver a name: the frame needs it as an argument.
func (b *body) tparamName(tp *types.TypeParam) string {
	if tp.Obj().Name() != "_" {
		return tp.Obj().Name()
	}
	return fmt.Sprintf("P%d", tp.Index()+1)
}

// recvText is the type of the receiver, with the names that tparamName gives.
func (b *body) recvText() string {
	t, star := b.m.Recv.Type, ""
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t, star = p.Elem(), "*"
	}
	if n, ok := types.Unalias(t).(*types.Named); ok && n.TypeArgs().Len() > 0 {
		return star + n.Obj().Name() + b.typeArgs()
	}
	return star + b.typeText(t)
}

// varType is the text of a variable's type, where it may be the receiver.
func (b *body) varType(v *ir.Var) string {
	if b.m.Recv != nil && v.Role == ir.Param && v.Pos == b.m.Recv.Pos && v.Name == b.m.Recv.Name {
		return b.recvText()
	}
	return b.typeText(v.Type)
}

// params is the parameter list, captured variables first, without the receiver.
func (g *machine) params(name func(*ir.Var) string) []jen.Code {
	var list []jen.Code
	for _, v := range g.m.Captures {
		list = append(list, code(name(v)+" "+g.ownType(v)))
	}
	for i, v := range g.m.Params {
		param, _ := g.param(g.m.Sig, i, name(v), v.Type)
		list = append(list, code(param))
	}
	return list
}

// receiver starts a function: func, or func (c *Client).
func (g *machine) receiver(name func(*ir.Var) string) *jen.Statement {
	s := g.jf.Func()
	if g.m.Recv != nil {
		s.Params(code(name(g.m.Recv) + " " + g.recvText()))
	}
	return s
}

// ownTypeParams is the type parameter list of a function; a method has it in its receiver.
func (g *machine) ownTypeParams() jen.Code {
	if g.m.Recv != nil {
		return jen.Null()
	}
	return code(g.typeParams())
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
	g.jf.Commentf("%s is the async form of %s: %s.", g.m.Names.Async, g.label(), what)
	name := func(v *ir.Var) string { return g.n.vars[v] }
	var params []string
	for _, v := range g.given() {
		params = append(params, name(v))
	}
	b := g.beside("b", params...)
	var lhs, rhs []string
	for _, v := range g.given() {
		lhs = append(lhs, b+"."+g.n.fields[g.startSlot(v)])
		if g.m.Stream() && v == g.m.Params[len(g.m.Params)-1] {
			rhs = append(rhs, b+".Yielder()")
		} else {
			rhs = append(rhs, name(v))
		}
	}
	list := g.params(name)
	if n := len(g.m.Captures); g.m.Panic != nil {
		list = slices.Delete(list, n-1, n) // it is the last of these
	}
	if g.m.Stream() {
		list = list[:len(list)-1]
	}
	var body []jen.Code
	if g.pkg.AtInit(g.m.Func) {
		body = append(body, code("_ = "+g.runName()+" // variables of the package are initialised with async forms"))
	}
	body = append(body, jen.Id(b).Op(":=").New(code(g.m.Names.Future+g.typeArgs())))
	if len(lhs) > 0 {
		body = append(body, code(strings.Join(lhs, ", ")+" = "+strings.Join(rhs, ", ")))
	}
	body = append(body, jen.Return(jen.Id(b).Dot("Init").Call(jen.Op("&").Id(b).Dot(g.m.Names.Frame))))
	g.receiver(name).Id(g.m.Names.Async).Add(g.ownTypeParams()).Params(list...).Add(code(g.futureType())).Block(body...)
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
func (g *machine) startSlot(v *ir.Var) *layout.Slot {
	if s := g.l.EntryOf[v]; s != nil {
		return s
	}
	return g.l.SlotOf[v]
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

// boxType is what a future embeds beside its frame.
func (g *machine) boxType() string {
	if g.m.Stream() {
		return rtName("StreamBox") + "[" + g.element() + "]"
	}
	return rtName("Box") + "[" + g.element() + "]"
}

// future prints the box: one allocation for a call that is a future, spawned or not.
func (g *machine) future() {
	g.jf.Commentf("%s is a call of %s that is a future.", g.m.Names.Future, g.label())
	for _, l := range g.table() {
		g.jf.Comment(l)
	}
	g.jf.Type().Add(code(g.m.Names.Future+g.typeParams())).Struct(
		code(g.boxType()),
		code(g.m.Names.Frame+g.typeArgs()),
	)
}

// frame prints the frame: results, then a field for each slot.
func (g *machine) frame() {
	g.jf.Commentf("%s is a call of %s that waits.", g.m.Names.Frame, g.label())
	if !g.m.Boxed {
		for _, l := range g.table() {
			g.jf.Comment(l)
		}
	}
	values, hasErr := g.m.Values()
	base, _ := g.frameBase(values, hasErr)
	fields := []jen.Code{code(base)}
	if len(g.l.Slots) > 0 || g.guards() {
		fields = append(fields, jen.Line())
	}
	for _, grp := range g.fieldGroups() {
		fields = append(fields, code(grp))
	}
	if g.guards() {
		fields = append(fields, code(g.n.dueField+" "+g.dueType()))
	}
	g.jf.Type().Add(code(g.m.Names.Frame + g.typeParams())).Struct(fields...)
	if g.m.DueList {
		g.records()
	}
}

// fieldGroups is the slots, neighbours of one type on one line. A slot that several variables have
// says so.
func (g *machine) fieldGroups() (groups []string) {
	last := ""
	for _, s := range g.l.Slots {
		typ := g.slotType(s)
		name := g.n.fields[s]
		switch {
		case len(s.Vars) > 1:
			var names []string
			for _, v := range s.Vars {
				names = append(names, g.n.vars[v])
			}
			groups = append(groups, name+" "+typ+" // "+strings.Join(names, ", "))
			typ = ""
		case typ == last:
			i := len(groups) - 1
			names, _ := strings.CutSuffix(groups[i], " "+typ)
			groups[i] = names + ", " + name + " " + typ
		default:
			groups = append(groups, name+" "+typ)
		}
		last = typ
	}
	return groups
}

func (g *machine) slotType(s *layout.Slot) string {
	if s.Hidden() {
		return "any"
	}
	typ := g.varType(s.Var)
	if s.Cell {
		typ = "*" + typ
	}
	return typ
}

// records prints the type of a deferred call that is due, where they can repeat.
func (g *machine) records() {
	fields := []jen.Code{code("at uint8 // which defer statement")}
	if len(g.m.Defers) > 255 {
		fields[0] = code("at uint16 // which defer statement")
	}
	seen := map[string]bool{}
	for _, d := range g.m.Defers {
		for _, v := range append([]*ir.Var{d.Fun}, d.Args...) {
			if v != nil {
				fields = append(fields, code(v.Name+" "+g.ownType(v)))
			}
		}
		for _, v := range g.recorded(d) {
			if name := g.n.vars[v]; !seen[name] {
				seen[name] = true
				fields = append(fields, code(name+" "+g.ownType(v)))
			}
		}
	}
	g.jf.Commentf("%s is a deferred call of %s that is due.", g.recordName(), g.label())
	g.jf.Type().Add(code(g.recordName() + g.typeParams())).Struct(fields...)
}

// funcVar prints the static description of the function.
func (g *machine) funcVar() {
	values, hasErr := g.m.Values()
	_, kind := g.frameBase(values, hasErr)
	d := jen.Dict{
		jen.Id("Name"):   jen.Lit(g.pkg.Name + "." + g.m.Name),
		jen.Id("Result"): code(rtName(kind)),
	}
	if g.guards() {
		d[jen.Id("Defers")] = jen.True()
	}
	if c := g.m.Cleanup; c != nil {
		d[jen.Id("Exit")] = jen.Lit(c.Park.State)
	}
	d[jen.Id("States")] = g.stateList()
	g.jf.Var().Id(g.m.Names.Func).Op("=").Add(code(rtName("Func"))).Values(d)
}

func (g *machine) stateList() jen.Code {
	return code("[]" + rtName("State")).ValuesFunc(func(list *jen.Group) {
		for _, s := range g.states() {
			text := fmt.Sprintf("{Name: %q, Pos: %q", s.name, s.pos)
			if s.live != "" {
				text += fmt.Sprintf(", Live: %q", s.live)
			}
			if s.awaits != "" {
				text += fmt.Sprintf(", Awaits: %q", s.awaits)
			}
			list.Line().Add(code(text + "}"))
		}
		list.Line()
	})
}

// methods prints the three methods of the frame.
func (g *machine) methods() {
	m, cx, w := g.beside("m"), g.beside("cx"), g.beside("w")
	frame := g.m.Names.Frame + g.typeArgs()
	head := "func (" + m + " *" + frame + ") "
	g.jf.Line()
	g.jf.Add(code(head + "Func() *" + rtName("Func") + " { return &" + g.m.Names.Func + " }"))
	g.jf.Add(code(head + "Reset() { *" + m + " = " + frame + "{} }"))
	g.jf.Line()
	if g.m.Boxed && g.m.Panic != nil {
		g.jf.Comment("Parked tells the future of a deferred call what its recover takes.")
		g.jf.Add(code(head + "Parked(p *any) { " + m + "." + g.n.fields[g.startSlot(g.m.Panic)] + " = p }"))
		g.jf.Line()
	}
	lhs := g.frameResults(m)
	args := []string{cx, m}
	fun := g.m.Names.Run
	if g.m.Recv != nil {
		fun = m + "." + g.n.fields[g.startSlot(g.m.Recv)] + "." + fun
	} else if len(g.m.TParams) > 0 {
		fun += g.typeArgs()
	}
	for _, v := range g.m.Captures {
		args = append(args, m+"."+g.n.fields[g.startSlot(v)])
	}
	for i, v := range g.m.Params {
		_, arg := g.param(g.m.Sig, i, m+"."+g.n.fields[g.startSlot(v)], v.Type)
		args = append(args, arg)
	}
	call := fun + "(" + strings.Join(args, ", ") + ")"
	head += "Resume(" + cx + " *" + rtName("Context") + ") "
	if len(lhs) == 0 {
		g.jf.Add(code(head + rtName("Machine"))).Block(code("return " + call))
		return
	}
	g.jf.Add(code(head+"("+w+" "+rtName("Machine")+")")).Block(
		code(strings.Join(append(lhs, w), ", ")+" = "+call),
		code("return "+w),
	)
}

// beside is a name for generated code that is none of the type parameters, and not among others.
func (b *body) beside(base string, others ...string) string {
	for _, tp := range b.m.TParams {
		others = append(others, b.tparamName(tp))
	}
	return unique(nil, base, func(s string) bool { return slices.Contains(others, s) })
}

// run prints the body as a function.
func (g *machine) run(text string) {
	exported := isExported(g.m.Names.Run) && g.m.Lit == nil
	g.jf.Commentf("%s is %s with its awaits opened up.%s", g.m.Names.Run, g.label(), map[bool]string{
		true: " It is for generated code, which passes a nil m.",
	}[exported])
	m, w := g.n.m, g.n.w
	if len(g.m.Awaits) == 0 {
		m = "_"
	}
	if !g.usesW {
		w = "_"
	}
	params := append([]jen.Code{code(g.n.cx + " *" + rtName("Context")), code(m + " *" + g.m.Names.Frame + g.typeArgs())}, g.params(g.paramName)...)
	var results []jen.Code
	i := 0
	for v := range g.m.Sig.Results().Variables() {
		name := "_"
		if i < len(g.m.Results) && (g.m.Results[i].Name != "_" || g.m.Cleanup != nil) {
			name = g.paramName(g.m.Results[i])
		}
		i++
		results = append(results, code(name+" "+g.typeText(v.Type())))
	}
	results = append(results, code(w+" "+rtName("Machine")))
	g.receiver(g.paramName).Id(g.m.Names.Run).Add(g.ownTypeParams()).Params(params...).Params(results...).Block(code(text))
}
