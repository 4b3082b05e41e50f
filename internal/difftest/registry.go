package difftest

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// directive marks the functions that are run, and says with which arguments:
//
//	//forms:run 0 3
//	//forms:run nocancel
//	//forms:run few
//	//forms:run norace
//	//forms:run tasks
//
// nocancel is for functions that start goroutines in the blocking form, which a Goexit at an await does
// not leave as a whole; tasks, for those that start tasks, too, so that what they wait for is woken from
// elsewhere; few leaves most scripts out, for functions that are slow; norace is for functions in which
// gc itself evaluates in another order when it builds for the race detector.
const directive = "//forms:run"

// A Case is a function that is run in its forms.
type Case struct {
	Name     string // "b1.lateReads"
	Pos      string // "b1/order.go:12"
	fn       string
	args     []int
	noCancel bool
	few      bool
	tasks    bool
	noRace   bool
	takesArg bool
	results  int
	hasErr   bool
}

// findCases finds the functions to run in the files of one package, by position.
func findCases(dir string, files map[string][]byte) (pkgName string, cases []Case, err error) {
	fset := token.NewFileSet()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := parser.ParseFile(fset, path.Join(dir, name), files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return "", nil, err
		}
		pkgName = f.Name.Name
		for _, d := range f.Decls {
			decl, ok := d.(*ast.FuncDecl)
			if !ok || decl.Doc == nil {
				continue
			}
			for _, c := range decl.Doc.List {
				words, ok := strings.CutPrefix(c.Text, directive)
				if !ok {
					continue
				}
				one, err := newCase(decl, strings.Fields(words))
				if err != nil {
					return "", nil, fmt.Errorf("%s: %w", fset.Position(decl.Pos()), err)
				}
				pos := fset.Position(decl.Name.Pos())
				one.Name, one.Pos = dir+"."+one.fn, fmt.Sprintf("%s:%d", pos.Filename, pos.Line)
				cases = append(cases, one)
			}
		}
	}
	return pkgName, cases, nil
}

// newCase looks at the signature of a function to run, func(e *env.Env) or func(e *env.Env, n int)
// with any results.
func newCase(decl *ast.FuncDecl, words []string) (Case, error) {
	c := Case{fn: decl.Name.Name}
	for _, w := range words {
		switch w {
		case "nocancel":
			c.noCancel = true
		case "few":
			c.few = true
		case "tasks":
			c.noCancel, c.tasks = true, true
		case "norace":
			c.noRace = true
		default:
			n, err := strconv.Atoi(w)
			if err != nil {
				return c, fmt.Errorf("%s: %q is not nocancel, tasks, few, norace or an argument", directive, w)
			}
			c.args = append(c.args, n)
		}
	}
	if len(c.args) == 0 {
		c.args = []int{0}
	}
	switch params := decl.Type.Params.NumFields(); {
	case decl.Recv != nil || decl.Type.TypeParams != nil || params < 1 || params > 2:
		return c, fmt.Errorf("%s: %s is not func(e *env.Env) or func(e *env.Env, n int)", directive, c.fn)
	default:
		c.takesArg = params == 2
	}
	if r := decl.Type.Results; r != nil {
		c.results = r.NumFields()
		last, ok := r.List[len(r.List)-1].Type.(*ast.Ident)
		if c.hasErr = ok && last.Name == "error"; c.hasErr {
			c.results--
		}
	}
	if c.results > 3 {
		return c, fmt.Errorf("%s: %s has more than three values", directive, c.fn)
	}
	return c, nil
}

// registry is the file that lists the cases of a package for package forms.
func registry(pkgName string, cases []Case) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\nimport (\n", pkgName)
	for _, p := range []string{"env", "forms"} {
		fmt.Fprintf(&b, "\t%s %q\n", "diff"+p, "github.com/asyncgen/asyncgen/internal/difftest/"+p)
	}
	b.WriteString("\tdiffrt \"github.com/asyncgen/asyncgen/rt\"\n)\n\nvar _ diffrt.Unit\n\n")
	b.WriteString("// Forms are the functions to run.\nvar Forms = []diffforms.Func{\n")
	for _, c := range cases {
		arg := ""
		if c.takesArg {
			arg = ", n"
		}
		fmt.Fprintf(&b, "{\nName: %q, Args: %#v, NoCancel: %v, Tasks: %v, Few: %v,\n", c.Name, c.args, c.noCancel, c.tasks, c.few)
		fmt.Fprintf(&b, "Blocking: func(e *diffenv.Env, n int) string {\n%s},\n", c.blockingCall(c.fn+"(e"+arg+")"))
		fmt.Fprintf(&b, "Async: func(e *diffenv.Env, n int) diffforms.Future { return diffforms.Of(%sAsync(e%s)) },\n},\n", c.fn, arg)
	}
	b.WriteString("}\n")
	return format.Source([]byte(b.String()))
}

// blockingCall calls the blocking form, and shows its results as the future of the async form would
// hold them.
func (c *Case) blockingCall(call string) string {
	vars := []string{"a", "b", "c"}[:c.results]
	value := []string{"diffrt.Unit{}", "a", "diffrt.PairOf(a, b)", "diffrt.TripleOf(a, b, c)"}[c.results]
	err := "nil"
	if c.hasErr {
		vars, err = append(slices.Clip(vars), "err"), "err"
	}
	if len(vars) > 0 {
		call = strings.Join(vars, ", ") + " := " + call
	}
	return fmt.Sprintf("%s\nreturn diffforms.Show(%s, %s)\n", call, value, err)
}

// program is the main function of all packages together.
func program(module string, pkgs []*Package) []byte {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\t\"slices\"\n\n\t\"github.com/asyncgen/asyncgen/internal/difftest/forms\"\n")
	for i, p := range pkgs {
		fmt.Fprintf(&b, "\tp%d %q\n", i, path.Join(module, p.Dir))
	}
	b.WriteString(")\n\nfunc main() {\n\tforms.Main(slices.Concat(\n\t\t[]forms.Func(nil),\n")
	for i := range pkgs {
		fmt.Fprintf(&b, "\t\tp%d.Forms,\n", i)
	}
	b.WriteString("\t))\n}\n")
	return []byte(b.String())
}
