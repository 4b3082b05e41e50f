// Package difftest compares the two forms of marked functions, where the blocking form is the oracle.
//
// [Build] puts source packages into a temporary module, generates their async forms, and builds one
// program of them all. [Program.Run] has it run functions under many scripts (see packages env and
// forms): futures that are ready, pending, failing, panicking; a cancel at each await.
//
// The functions to run have a line //forms:run in their comment.
package difftest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/asyncgen/asyncgen/transform"
)

// module is the path of the temporary module. It lies in the project's, so that it may import what is
// internal there.
const module = "github.com/asyncgen/asyncgen/forms"

// NoOptimisation is the flag of go build for packages without optimisation. It leaves those alone that they import,
// which the build cache has.
const NoOptimisation = "-gcflags=" + module + "/...=-N -l"

// A Package is source for a program.
type Package struct {
	Dir   string            // in the module, slash-separated
	Files map[string][]byte // by name

	Cases     []Case            // by Build: the functions to run
	Generated map[string][]byte // by Build: the generated files, by name
	Err       error             // by Build: why it is not in the program
}

// Options of [Build].
type Options struct {
	Flags   []string // of go build: -race, -gcflags=…
	Vet     bool     // vet the packages, too
	Inspect bool     // describe the machines, too
	Cover   bool     // note which statements of the packages run: see Program.Profiles
	Once    bool     // do not generate a second time to compare
}

// A Program is what has been built.
type Program struct {
	// Patience is for how many hundredths of a second of its own time a function may get no further; 0: one
	// minute. It only ends programs that do not end by themselves, however slow the machine is.
	Patience int

	// Machines are those of all packages. See Options.Inspect.
	Machines []transform.Machine

	dir   string
	exe   string
	cover string // where the program says which statements have run; "" for not at all
	pkgs  []*Package
}

// Build generates and builds. A package that cannot be transformed or built gets an error, and the
// others go on without it.
func Build(t testing.TB, pkgs []*Package, o Options) *Program {
	t.Helper()
	p := &Program{dir: t.TempDir(), pkgs: pkgs}
	root := repository(t)
	write(t, filepath.Join(p.dir, "go.mod"), goMod(t, root))
	write(t, filepath.Join(p.dir, "go.sum"), read(t, filepath.Join(root, "go.sum")))
	for _, pkg := range pkgs {
		for name, data := range pkg.Files {
			write(t, filepath.Join(p.dir, pkg.Dir, name), data)
		}
		var name string
		name, pkg.Cases, pkg.Err = findCases(pkg.Dir, pkg.Files)
		if slices.Contains(o.Flags, "-race") {
			pkg.Cases = slices.DeleteFunc(pkg.Cases, func(c Case) bool { return c.noRace })
		}
		if pkg.Err == nil && len(pkg.Cases) > 0 {
			data, err := registry(name, pkg.Cases)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(p.dir, pkg.Dir, "forms_registry.go"), data)
		}
	}
	p.generate(t, o)
	p.build(t, o)
	return p
}

// Ours says that the package cannot be built through a fault of the transform: its source is right, and
// what is generated is not, or a pass has failed.
func (pkg *Package) Ours() bool {
	var problems transform.Problems
	if !errors.As(pkg.Err, &problems) {
		return pkg.Err != nil && pkg.Generated != nil
	}
	return slices.ContainsFunc(problems, func(d transform.Problem) bool { return d.ID == internalProblem })
}

// internalProblem is the rule by which the transform reports a mistake of its own.
const internalProblem = "AG0901"

// good are the packages without an error so far.
func (p *Program) good() []*Package {
	return slices.DeleteFunc(slices.Clone(p.pkgs), func(pkg *Package) bool { return pkg.Err != nil })
}

// generate runs the transform over all packages, twice unless told otherwise: it must give the same bytes. What has
// problems is taken out, and the rest is tried again.
func (p *Program) generate(t testing.TB, o Options) {
	t.Helper()
	compile := func(inspect bool) (transform.Result, error) {
		var patterns []string
		for _, pkg := range p.good() {
			patterns = append(patterns, "./"+pkg.Dir)
		}
		return transform.Compile(transform.Config{Dir: p.dir, Patterns: patterns, Verify: true, Inspect: inspect})
	}
	for len(p.good()) > 0 {
		res, err := compile(o.Inspect)
		var problems transform.Problems
		switch {
		case errors.As(err, &problems):
			p.blame(t, problems)
			continue
		case err != nil:
			t.Fatal(err)
		}
		again := res
		if !o.Once {
			if again, err = compile(false); err != nil {
				t.Fatalf("the second run fails: %v", err)
			}
		}
		p.Machines = res.Machines
		for i, f := range res.Files {
			if !bytes.Equal(f.Content, again.Files[i].Content) {
				t.Errorf("%s differs from run to run", f.Name)
			}
			p.keep(t, f)
		}
		return
	}
}

// keep writes a generated file, and notes it in its package.
func (p *Program) keep(t testing.TB, f transform.File) {
	t.Helper()
	write(t, f.Name, f.Content)
	for _, pkg := range p.pkgs {
		if filepath.Join(p.dir, pkg.Dir) == filepath.Dir(f.Name) {
			if pkg.Generated == nil {
				pkg.Generated = map[string][]byte{}
			}
			pkg.Generated[filepath.Base(f.Name)] = f.Content
		}
	}
}

// blame gives problems to the packages that have them.
func (p *Program) blame(t testing.TB, problems transform.Problems) {
	t.Helper()
	blamed := false
	for _, d := range problems {
		for _, pkg := range p.good() {
			if filepath.Dir(d.Pos.Filename) != filepath.Join(p.dir, pkg.Dir) {
				continue
			}
			var mine transform.Problems
			for _, d := range problems {
				if filepath.Dir(d.Pos.Filename) == filepath.Join(p.dir, pkg.Dir) {
					d.Pos.Filename = path.Join(pkg.Dir, filepath.Base(d.Pos.Filename))
					mine = append(mine, d)
				}
			}
			if mine.Failed() {
				pkg.Err, blamed = mine, true
			}
		}
	}
	if !blamed {
		t.Fatal(problems)
	}
}

// build builds the program. A package that does not compile gets an error, with its generated files.
func (p *Program) build(t testing.TB, o Options) {
	t.Helper()
	p.exe = filepath.Join(p.dir, "forms.exe")
	for len(p.good()) > 0 {
		var run []*Package
		for _, pkg := range p.good() {
			if len(pkg.Cases) > 0 {
				run = append(run, pkg)
			}
		}
		write(t, filepath.Join(p.dir, "main.go"), program(module, run))
		flags := []string{"build", "-trimpath", "-o", p.exe} // so that the build cache knows what it has seen in another directory
		if o.Cover {
			flags = append(flags, "-cover", "-covermode=count", "-coverpkg=./...")
			p.cover = filepath.Join(p.dir, "cover")
		}
		out, err := p.goTool(append(append(flags, o.Flags...), ".")...)
		if err == nil {
			break
		}
		if !p.blameBuild(out) {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	if o.Vet && len(p.good()) > 0 {
		p.vet(t)
	}
}

// vet gives what go vet says about a generated file to its package. The sources may have what vet
// complains about: code that is never reached, say.
func (p *Program) vet(t testing.TB) {
	t.Helper()
	var patterns []string
	for _, pkg := range p.good() {
		patterns = append(patterns, "./"+pkg.Dir)
	}
	out, err := p.goTool(append([]string{"vet"}, patterns...)...)
	if err == nil {
		return
	}
	found := false
	for line := range strings.Lines(string(out)) {
		m := remark.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		found = true
		for _, pkg := range p.pkgs {
			if m[1] == pkg.Dir && pkg.Generated[m[2]] != nil {
				pkg.Err = errors.Join(pkg.Err, fmt.Errorf("go vet: %s", strings.TrimSpace(line)))
			}
		}
	}
	if !found {
		t.Fatalf("go vet: %v\n%s", err, out)
	}
}

// remark is a line of go vet: file and what is wrong with it.
var remark = regexp.MustCompile(`^(?:vet: )?(?:\./)?(\S+)/([^/\s]+\.go):\d+:\d+: `)

// goTool runs the go command in the module.
func (p *Program) goTool(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = p.dir
	cmd.Env = p.environ()
	return cmd.CombinedOutput()
}

func (p *Program) environ() []string { return append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off") }

// about finds the package that a section of the output of go build is about.
var about = regexp.MustCompile(`(?m)^# ` + regexp.QuoteMeta(module) + `/(\S+)$`)

// blameBuild gives what go build prints to the packages that it names.
func (p *Program) blameBuild(out []byte) bool {
	blamed := false
	heads := about.FindAllSubmatchIndex(out, -1)
	for i, h := range heads {
		end := len(out)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		for _, pkg := range p.good() {
			if pkg.Dir == string(out[h[2]:h[3]]) && len(bytes.TrimSpace(out[h[1]:end])) > 0 {
				pkg.Err, blamed = fmt.Errorf("go build: %s%s", out[h[1]:end], pkg.source()), true
			}
		}
	}
	return blamed
}

// source prints the generated files of a package, with line numbers.
func (pkg *Package) source() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(pkg.Generated)) {
		fmt.Fprintf(&b, "-- %s --\n", name)
		for i, line := range strings.Split(string(pkg.Generated[name]), "\n") {
			fmt.Fprintf(&b, "%4d %s\n", i+1, line)
		}
	}
	return b.String()
}

// Run runs the functions of a package under all scripts, as forms.Main says. It returns how many runs
// have been compared for each. A function that hangs, or brings the program down, is reported, and the
// others run in another process.
func (p *Program) Run(pkg *Package, args ...string) (Report, error) {
	report := Report{}
	var names []string
	for _, c := range pkg.Cases {
		names = append(names, c.Name)
	}
	for len(names) > 0 {
		out, err := p.runOnce(names, args)
		if err != nil {
			return nil, err
		}
		some, err := parseReport(out, names)
		if err != nil {
			return nil, err
		}
		maps.Copy(report, some)
		names = slices.DeleteFunc(names, func(name string) bool { _, ok := some[name]; return ok })
	}
	return report, nil
}

// runOnce runs functions in one process, and gives what that prints.
func (p *Program) runOnce(names, args []string) (string, error) {
	own := []string{"-run=" + strings.Join(names, ",")}
	if p.Patience > 0 {
		own = append(own, fmt.Sprint("-patience=", p.Patience))
	}
	cmd := exec.Command(p.exe, append(own, args...)...)
	if p.cover != "" {
		if err := os.MkdirAll(p.cover, 0o777); err != nil {
			return "", err
		}
		cmd.Env = append(os.Environ(), "GOCOVERDIR="+p.cover)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", err
	}
	return string(out), nil
}

// Print runs a function once, in one form, and gives what forms.Main prints.
func (p *Program) Print(c Case, form string) (string, error) {
	out, err := exec.Command(p.exe, "-run="+c.Name, "-print="+form).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return string(out), nil
}

// repository is the directory of the module that this package belongs to.
func repository(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f={{.Dir}}", "github.com/asyncgen/asyncgen").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// goMod is the go.mod of the temporary module: that of the project, with the project as one more
// requirement.
func goMod(t testing.TB, root string) []byte {
	t.Helper()
	data := string(read(t, filepath.Join(root, "go.mod")))
	_, rest, ok := strings.Cut(data, "\n")
	if !ok {
		t.Fatal("go.mod has one line")
	}
	return fmt.Appendf(nil, "module %s\n%s\nrequire github.com/asyncgen/asyncgen v0.0.0\n\nreplace github.com/asyncgen/asyncgen => %s\n",
		module, rest, root)
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
