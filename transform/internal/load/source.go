package load

import (
	"go/token"
	"go/types"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
)

// Source loads one package from memory: files by name, all of them, with the import path that it
// is to have. Imports come from export data, which one process asks the go command for once. Tests
// and fuzzing use it to load thousands of packages. Packages that were loaded like this can be imported, too.
func Source(path string, files map[string][]byte, deps ...*Package) (*Package, error) {
	shared := sharedExports()
	l := &loader{fset: shared.fset, exports: shared}
	var parsed []*parsedFile
	imports := map[string]bool{RuntimePath: true}
	for _, name := range sortedKeys(files) {
		abs := filepath.Join("/", path, name)
		f := parseSource(l.fset, abs, files[name])
		parsed = append(parsed, &f)
		if f.file == nil {
			continue
		}
		for _, spec := range f.file.Syntax.Imports {
			if p, err := strconv.Unquote(spec.Path.Value); err == nil && p != "C" && p != "unsafe" && p != path {
				imports[p] = true
			}
		}
	}
	p := &Package{
		Path:     path,
		Dir:      filepath.Join("/", path),
		Fset:     l.fset,
		Sizes:    types.SizesFor("gc", runtime.GOARCH),
		imports:  map[string]*types.Package{},
		context:  types.NewContext(),
		siblings: newSiblings(),
		exports:  shared,
	}
	for _, dep := range deps {
		if imports[dep.Path] {
			p.imports[dep.Path] = dep.Types
			p.deps = append(p.deps, dep)
			delete(imports, dep.Path)
		}
	}
	p.add(parsed)
	if len(p.Files) > 0 {
		p.Name = p.Files[0].Syntax.Name.Name
	}
	if err := shared.list(sortedKeys(imports)); err != nil {
		return nil, err
	}
	failed := map[string]string{}
	for imp := range imports {
		t, err := shared.Import(imp)
		if err != nil {
			failed[imp] = err.Error()
			continue
		}
		p.imports[imp] = t
	}
	p.addErrors(p.typecheck(true, failed))
	p.noteSums()
	p.Errors.Sort()
	if p.Errors.Failed() {
		return p, p.Errors
	}
	return p, nil
}

// sharedExports serves every call of Source.
var sharedExports = sync.OnceValue(func() *exports { return newExports(token.NewFileSet(), Config{}) })
