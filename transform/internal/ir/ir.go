// Package ir is the language between plain Go and the generated file: a marked function as flat
// blocks that end in one terminator each.
//
// A statement without an await stays the node that the user wrote, whole loops and ifs included.
// Only the statements around an await are taken apart. We turn
//
//	func sum(n int) (int, error) {
//		s := 0
//		for i := 0; i < n; i++ {
//			v, err := step(i)
//			if err != nil {
//				return s, err
//			}
//			s += v
//		}
//		return s, nil
//	}
//
// into
//
//	b0:
//		s := 0
//		i := 0
//		jump b1
//	b1: loop
//		if i < n -> b2 else b5
//	b2:
//		await 1 "step": v, err := step(i) -> b3
//	b3: gotV
//		if err != nil { return s, err }
//		s += v
//		jump b4
//	b4:
//		i++
//		jump b1
//	b5: done
//		return s, nil
//
// A Machine is made by package lower and never changed again; what package layout finds out about it
// lies beside it.
package ir

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// A Machine is one unit: a marked function, or a block literal inside one.
type Machine struct {
	Pkg  *load.Package
	Func *load.Func   // the marked function, also of a block
	Lit  *ast.FuncLit // the block's literal, nil for the function itself

	Name     string // how people call it: "sizes", "Client.Get", "sizes.block1"
	Names    load.Names
	Boxed    bool // it needs a future type: false for a literal that is only ever awaited where it stands
	Callback bool // it is called, any number of times, by a callee that awaits it
	Sig      *types.Signature
	TParams  []*types.TypeParam // its own, or those of its receiver
	Body     *ast.BlockStmt
	Recv     *Var   // nil for a function
	Captures []*Var // variables of the function around a block, passed as its first parameters
	Panic    *Var   // of a deferred literal that awaits: what its recover takes; among the Captures
	Params   []*Var
	Results  []*Var // named results; empty where the results have no names

	Vars     []*Var // all, in order of declaration
	Blocks   []*Block
	Awaits   []*Await // state n is Awaits[n-1]
	Defers   []*Defer
	DueList  bool // deferred calls can repeat: a list of records, not bits
	Cleanup  *Cleanup
	Children []*Machine

	// Sources tell the types that the package cannot write. All machines of a function have the same.
	Sources []*Source

	Jumps  map[*ast.BranchStmt]*Block // branches inside leaves that lead to a block
	Inner  map[*ast.FuncLit]*Machine  // blocks
	Due    map[*ast.DeferStmt]*Defer
	ByObj  map[types.Object]*Var
	Locals map[*ast.Ident]types.Object // variables that the marked function names: one map for all its machines
	Synth  map[*ast.Ident]*Var         // identifiers that we made
	Clause map[*ast.CaseClause]*Var    // the variable of a type switch, by clause
}

// VarOf is the variable of m that id names, nil where it names something else.
func (m *Machine) VarOf(id *ast.Ident) *Var {
	if obj := m.Locals[id]; obj != nil {
		return m.ByObj[obj]
	}
	return m.Synth[id]
}

// Stream reports whether m is a stream, and not a block inside one.
func (m *Machine) Stream() bool { return m.Func.Options.Stream && m.Lit == nil }

// All is m and the machines of the blocks inside it, in source order.
func (m *Machine) All() []*Machine {
	all := []*Machine{m}
	for _, c := range m.Children {
		all = append(all, c.All()...)
	}
	return all
}

// Values and HasErr are the results as a future delivers them.
func (m *Machine) Values() (values []*types.Var, hasErr bool) { return load.Results(m.Sig) }

// Cleanup is what a machine has whose deferred calls await: they are code of the body, in the blocks
// from Exit on, and not restated by its guard.
type Cleanup struct {
	Park  *Await // the state in which a call waits that a panic or Goexit has left; its Next is Exit
	Exit  *Block
	Panic *Var // *any: the panic that is parked meanwhile
}

// A Var is a variable of a machine.
type Var struct {
	Obj  types.Object // nil for what we made
	Name string
	Type types.Type
	Role Role
	Pos  token.Pos

	Captured bool // named inside a function literal that is not a block, deferred literals apart
	Address  bool // its address is taken
	Shared   bool // a block has it by reference: always a cell
	Assigned int  // how many statements assign to it, its declaration and closures included
	InLoop   bool // its declaration can run more than once in a call
	Hoisted  bool // declared by a statement that was taken apart
	Hidden   bool // the package cannot write its type: see [Source]
}

// Role says where a variable comes from.
type Role int

const (
	// Local is declared in the body.
	Local Role = iota
	// Param is a parameter or the receiver.
	Param
	// Result is a named result.
	Result
	// Capture is a variable of the function around a block.
	Capture
	// Saved is an argument of a deferred call, evaluated at its statement.
	Saved
)

// A Block is straight-line code and a way out.
type Block struct {
	ID    int
	Label string // wish for its label, "" where it should have none
	Named bool   // the label is one of the source: branches inside leaves may name it
	Stmts []Stmt
	Term  Term
}

// A Stmt is one step of a block: [*Leaf], [*Declare], [*Renew], [*SetDue], [*RunDue] or [*Spawn].
type Stmt interface{ stmt() }

// Leaf is a statement of the user's without an await. Returns, branches, deferred statements and
// block literals inside it are looked up in the Machine.
type Leaf struct{ Node ast.Stmt }

// Declare is a declaration of hoisted variables: var x T, or x, y := e, where x is new.
type Declare struct {
	Node ast.Stmt // *ast.AssignStmt, or nil
	Spec *ast.ValueSpec
	New  []*Var
}

// Renew gives each variable that is a cell a fresh one with the same value: the next iteration's.
type Renew struct{ Vars []*Var }

// SetDue makes a deferred call due: arguments are evaluated, then it is noted.
type SetDue struct{ Defer *Defer }

// RunDue runs a deferred call that does not await, under the panic that is parked.
type RunDue struct{ Defer *Defer }

// Spawn is a go statement that would await: it starts a detached task.
type Spawn struct {
	Node  *ast.GoStmt
	Call  *load.Await
	Child *Machine
}

func (*Leaf) stmt()    {}
func (*Declare) stmt() {}
func (*Renew) stmt()   {}
func (*SetDue) stmt()  {}
func (*RunDue) stmt()  {}
func (*Spawn) stmt()   {}

// A Term ends a block: [*Jump], [*If], [*Switch], [*Select], [*Await], [*Return], [*Tail], [*Due],
// [*NextDue], [*Finish] or [*Stop].
type Term interface{ term() }

// Jump goes on at To.
type Jump struct{ To *Block }

// If goes on at Then or Else.
type If struct {
	Cond       ast.Expr
	Then, Else *Block
}

// Switch is a switch or type switch whose clauses are blocks.
type Switch struct {
	Node    ast.Stmt // *ast.SwitchStmt or *ast.TypeSwitchStmt: its header and case lists are used
	Clauses []*Block // one for each clause, in source order
	Done    *Block   // where no clause fits
}

// Select is a select on native channels whose clauses are blocks.
type Select struct {
	Node    *ast.SelectStmt
	Clauses []*Block
	New     [][]*Var // variables declared by each clause
}

// Await is a suspension point.
type Await struct {
	State  int
	Name   string // what is awaited: "Client.Get"
	At     token.Pos
	Call   *load.Await
	Lhs    []ast.Expr // identifiers; nil where the results are dropped
	Define bool       // Lhs declares
	New    []*Var     // declared variables
	Child  *Machine   // the block that is run, for literals
	Defer  *Defer     // the deferred call that this is
	Label  string     // wish for the label after it
	Next   *Block
}

// Return leaves the function. Node is nil at the end of a body. Where deferred calls await, it sets
// the results and goes on at Exit.
type Return struct {
	Node *ast.ReturnStmt
	Exit *Block
}

// Due goes on at Run where a deferred call is due, which then no longer is, else at Next.
type Due struct {
	Defer     *Defer
	Run, Next *Block
}

// NextDue takes the last record of the list of what is due and goes on at the block of its defer
// statement, or at Done where the list is empty.
type NextDue struct {
	Run  []*Block // by Defer.Index
	Done *Block
}

// Finish raises the parked panic again, or returns the results.
type Finish struct{}

// Tail returns what the call returns: the callee's frame takes the place of this one.
type Tail struct {
	Call  *load.Await
	Child *Machine
	At    token.Pos
}

// Stop ends a block that nothing follows: after panic, or a loop without end.
type Stop struct{}

func (*Jump) term()   {}
func (*If) term()     {}
func (*Switch) term() {}
func (*Select) term() {}
func (*Await) term()  {}
func (*Return) term() {}
func (*Tail) term()   {}
func (*Stop) term()   {}

func (*Due) term()     {}
func (*NextDue) term() {}
func (*Finish) term()  {}

// A Defer is a defer statement.
type Defer struct {
	Index int // from 0, in source order
	Node  *ast.DeferStmt
	Fun   *Var   // saved function value or receiver, nil where it can be named again
	Args  []*Var // saved arguments; nil where the expression can be stated again
	Multi bool   // one call gives all the arguments: defer f(g())
	Uses  []*Var // variables that the deferred literal, or what is stated again, names

	Await *load.Await // the deferred call awaits
	Async bool        // Fun is the function that makes the future: x.GetAsync
	Child *Machine    // the deferred literal, if it awaits
}

// Successors are the blocks that b leads to, also from branches inside its leaves.
func (m *Machine) Successors(b *Block) []*Block {
	next := Successors(b.Term)
	return append(next[:len(next):len(next)], m.Branches(b)...)
}

// Branches are the blocks that branches inside the leaves of b lead to.
func (m *Machine) Branches(b *Block) (list []*Block) {
	if len(m.Jumps) == 0 {
		return nil
	}
	for _, s := range b.Stmts {
		if leaf, ok := s.(*Leaf); ok {
			facts.Inspect(leaf.Node, func(n ast.Node) {
				if br, ok := n.(*ast.BranchStmt); ok && m.Jumps[br] != nil {
					list = append(list, m.Jumps[br])
				}
			})
		}
	}
	return list
}

// Successors are the blocks that a terminator leads to.
func Successors(t Term) (list []*Block) {
	for _, way := range Ways(t) {
		list = append(list, *way)
	}
	return list
}

// Ways are the fields of a terminator that say where it leads.
func Ways(t Term) (ways []**Block) {
	each := func(list []*Block) {
		for i := range list {
			ways = append(ways, &list[i])
		}
	}
	switch t := t.(type) {
	case *Jump:
		return []**Block{&t.To}
	case *If:
		return []**Block{&t.Then, &t.Else}
	case *Switch:
		each(t.Clauses)
		if t.Done != nil {
			ways = append(ways, &t.Done)
		}
		return ways
	case *Select:
		each(t.Clauses)
		return ways
	case *Await:
		return []**Block{&t.Next}
	case *Return:
		if t.Exit != nil {
			return []**Block{&t.Exit}
		}
		return nil
	case *Due:
		return []**Block{&t.Run, &t.Next}
	case *NextDue:
		each(t.Run)
		return append(ways, &t.Done)
	case *Tail, *Stop, *Finish:
		return nil
	}
	panic("ir: unknown terminator")
}

// PerIteration reports whether the variables of a for statement are made anew for each iteration, by
// the language version of a file.
func PerIteration(goVersion string) bool {
	return goVersion == "" || version.Compare(goVersion, "go1.22") >= 0
}

// Operand is x of switch v := x.(type).
func Operand(s *ast.TypeSwitchStmt) ast.Expr {
	var e ast.Expr
	switch as := s.Assign.(type) {
	case *ast.ExprStmt:
		e = as.X
	case *ast.AssignStmt:
		e = as.Rhs[0]
	}
	return ast.Unparen(e).(*ast.TypeAssertExpr).X
}
