package loader

import (
	"bytes"
	"go/build"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// Has reports whether the go command compiles the file in build b.
func (b Build) Has(name string, src []byte) bool {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = b.GOOS, b.GOARCH, b.Cgo
	ctx.BuildTags, ctx.ReleaseTags = b.Tags, b.base.releases
	ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	ok, err := ctx.MatchFile(filepath.Dir(name), filepath.Base(name))
	return ok && err == nil && (b.Cgo || !importsC(src))
}

func importsC(src []byte) bool {
	if !bytes.Contains(src, []byte(`"C"`)) {
		return false
	}
	f, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly)
	if f == nil {
		return false
	}
	for _, spec := range f.Imports {
		if spec.Path.Value == `"C"` {
			return true
		}
	}
	return false
}

// constraintTags are the tags in the build constraints of a file, each once.
func constraintTags(src []byte) (tags []string) {
	var visit func(constraint.Expr)
	visit = func(x constraint.Expr) {
		switch x := x.(type) {
		case *constraint.TagExpr:
			if !slices.Contains(tags, x.Tag) {
				tags = append(tags, x.Tag)
			}
		case *constraint.NotExpr:
			visit(x.X)
		case *constraint.AndExpr:
			visit(x.X)
			visit(x.Y)
		case *constraint.OrExpr:
			visit(x.X)
			visit(x.Y)
		}
	}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "package ") {
			break
		}
		if !constraint.IsGoBuild(line) && !constraint.IsPlusBuild(line) {
			continue
		}
		if x, err := constraint.Parse(line); err == nil {
			visit(x)
		}
	}
	return tags
}

// PackageName is the name in the package clause of a file, "" where there is none.
func PackageName(src []byte) string {
	f, _ := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly)
	if f == nil || f.Name == nil {
		return ""
	}
	return f.Name.Name
}

// excluded finds, below patterns such as ./... of which this build has not each package, the directories that are
// missing in have, with marked functions. The go command passes over them without a word. What it does not
// look into we do not either: testdata, vendor, other modules, names that begin with a dot or an underscore.
func excluded(dir string, patterns []string, have map[string]bool) (pkgs []*load.Package, err error) {
	for _, pattern := range patterns {
		top, ok := strings.CutSuffix(filepath.ToSlash(pattern), "...")
		if !ok || !build.IsLocalImport(strings.TrimSuffix(top, "/")) && !filepath.IsAbs(top) {
			continue
		}
		if !filepath.IsAbs(top) {
			top = filepath.Join(dir, top)
		}
		if top, err = filepath.Abs(top); err != nil {
			return nil, err
		}
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return nil //nolint:nilerr // the go command does not look into such a directory either
			}
			if path != top && passedOver(path) {
				return fs.SkipDir
			}
			if !have[path] {
				have[path] = true
				if files := markedFiles(path); len(files) > 0 {
					pkgs = append(pkgs, &load.Package{Path: path, Dir: path, LeftOut: files})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return pkgs, nil
}

// passedOver reports whether patterns with ... do not match what is in a directory.
func passedOver(path string) bool {
	name := filepath.Base(path)
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// markedFiles are the files of a directory that have marked functions.
func markedFiles(dir string) (files []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if filepath.Ext(name) == ".go" && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && load.HasMarked(filepath.Join(dir, name)) {
			files = append(files, filepath.Join(dir, name))
		}
	}
	return files
}
