package loader

import (
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Source loads one package from memory: files by name, all of them, with the import path that it
// is to have. Imports come from export data, which one process asks the go command for once. Tests
// and fuzzing use it to load thousands of packages. Packages that were loaded like this can be imported, too.
func Source(path string, files map[string][]byte, deps ...*load.Package) (*load.Package, error) {
	shared := sharedExports()
	l := &loader{fset: shared.fset, exports: shared}
	parts := load.Parts{
		Path: path, Dir: filepath.Join("/", path),
		Fset:   l.fset,
		Sizes:  types.SizesFor("gc", runtime.GOARCH),
		Export: shared.find,
	}
	imports := map[string]bool{load.RuntimePath: true, load.MachinePath: true}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := load.Parse(l.fset, filepath.Join(parts.Dir, name), files[name])
		parts.Files = append(parts.Files, &f)
		if f.File == nil {
			continue
		}
		for _, spec := range f.File.Syntax.Imports {
			if p, err := strconv.Unquote(spec.Path.Value); err == nil && p != "C" && p != "unsafe" && p != path {
				imports[p] = true
			}
		}
	}
	p := load.New(parts)
	if len(p.Files) > 0 {
		p.Name = p.Files[0].Syntax.Name.Name
	}
	for _, dep := range deps {
		if imports[dep.Path] {
			p.ImportSource(dep.Path, dep)
			delete(imports, dep.Path)
		}
	}
	if err := shared.list(slices.Sorted(maps.Keys(imports))); err != nil {
		return nil, err
	}
	failed := map[string]string{}
	for imp := range imports {
		t, err := shared.Import(imp)
		if err != nil {
			failed[imp] = err.Error()
			continue
		}
		p.Import(imp, t)
	}
	p.Check(true, failed)
	p.Errors.Sort()
	if p.Errors.Failed() {
		return p, p.Errors
	}
	return p, nil
}

// sharedExports serves every call of Source.
var sharedExports = sync.OnceValue(func() *exports { return newExports(token.NewFileSet(), Config{}) })
