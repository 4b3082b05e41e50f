package loader

import (
	"bufio"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// exports imports packages from the export data that the go command keeps in its build cache.
type exports struct {
	cfg  Config
	fset *token.FileSet

	mu    sync.Mutex
	files map[string]string // by path; "" where there is none
	errs  map[string]string
	pkgs  map[string]*types.Package // filled by gcexportdata, incomplete for what was only mentioned
}

func newExports(fset *token.FileSet, cfg Config) *exports {
	return &exports{
		cfg:   cfg,
		fset:  fset,
		files: map[string]string{},
		errs:  map[string]string{},
		pkgs:  map[string]*types.Package{},
	}
}

// list finds the export data of several packages with one run of the go command, which compiles
// those that are not in its cache.
func (e *exports) list(paths []string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var missing []string
	for _, path := range paths {
		if _, ok := e.files[path]; !ok {
			e.files[path] = ""
			missing = append(missing, path)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	listed, err := packages.Load(&packages.Config{
		Mode:       packages.NeedName | packages.NeedExportFile,
		Dir:        e.cfg.Dir,
		Env:        e.cfg.Env,
		BuildFlags: buildFlags(e.cfg),
	}, missing...)
	if err != nil {
		return goError(err)
	}
	for _, m := range listed {
		e.files[m.PkgPath] = m.ExportFile
		for _, err := range m.Errors {
			e.errs[m.PkgPath] = strings.Join(strings.Fields(e.errs[m.PkgPath]+" "+err.Msg), " ")
		}
	}
	return nil
}

// find is Import of a package that list may not have been asked for.
func (e *exports) find(path string) (*types.Package, error) {
	if err := e.list([]string{path}); err != nil {
		return nil, err
	}
	return e.Import(path)
}

// Import is the type information of one package that list was asked for.
func (e *exports) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.pkgs[path]; p != nil && p.Complete() {
		return p, nil
	}
	name := e.files[path]
	if name == "" {
		if why := e.errs[path]; why != "" {
			return nil, errors.New(why)
		}
		return nil, errors.New("the go command has no export data for it")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := exportData(f)
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", path, err)
	}
	return gcexportdata.Read(r, e.fset, e.pkgs, path)
}

// exportData is the part of a file that has the export data: up to Go 1.27 the go command gives the
// compiler's archive, of which it is an entry, and from then on the data alone.
func exportData(f io.Reader) (io.Reader, error) {
	r := bufio.NewReader(f)
	if start, _ := r.Peek(len("!<arch>")); string(start) != "!<arch>" {
		return r, nil // an empty file is reported by Read
	}
	//lint:ignore SA1019 until the oldest Go that we support is 1.28
	return gcexportdata.NewReader(r)
}
