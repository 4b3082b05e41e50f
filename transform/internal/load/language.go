package load

import (
	"go/version"

	"github.com/asyncgen/asyncgen/transform/internal/diag"
)

// oldest is the language that generated code needs: it has the type inference of go1.21.
const oldest = "go1.21"

// olderThanGenerated reports whether a file is of a language that is too old for the generated file, which
// has the same. A //go:build line for a Go version makes it go1.21 at least.
func (p *Package) olderThanGenerated(f *File) bool {
	return f.Syntax.GoVersion == "" && p.goVersion != "" && version.Compare(p.goVersion, oldest) < 0
}

// refuseLanguage reports the marked functions of a file that is too old.
func (p *Package) refuseLanguage(funcs []*Func) {
	for _, fn := range funcs {
		p.Errors.AddTo(fn.Decl, p.Position(fn.Decl.Name.Pos()), diag.OldLanguage,
			"run go mod edit -go="+oldest[2:]+" in its module, or put //go:build "+oldest+" into the file",
			"the language of this file is %s, and generated code needs %s", p.goVersion, oldest)
	}
}
