package plain

import (
	"go/types"

	"github.com/asyncgen/asyncgen/transform/internal/facts"
	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// vars tells how the variables of a marked function are used. That is found out when it is asked for, or when an edit
// begins.
type vars struct {
	fn    *load.Func
	info  *types.Info
	known *facts.Vars
}

func newVars(p *load.Package, fn *load.Func) *vars { return &vars{fn: fn, info: p.Info} }

// know looks at the function.
func (v *vars) know() *facts.Vars {
	if v.known == nil {
		v.known = facts.VarsOf(v.info, v.fn.Decl)
	}
	return v.known
}

// held is [facts.Vars.Held] for what an identifier names.
func (v *vars) held(obj types.Object) bool {
	x, ok := obj.(*types.Var)
	return ok && v.know().Held(x)
}

func isArray(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Array)
	return ok
}
