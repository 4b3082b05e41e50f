package plain

import "github.com/asyncgen/asyncgen/transform/internal/load"

func Lift(p *load.Package) error { return p.Recheck() }
