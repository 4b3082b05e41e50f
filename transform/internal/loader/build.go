package loader

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/build"
	"go/version"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// A Build is what decides which files the go command compiles.
type Build struct {
	GOOS, GOARCH string
	Cgo          bool
	Tags         []string

	base *baseBuild
}

// A baseBuild is the build that a Config asks for, and what all others have of it.
type baseBuild struct {
	Build

	flagTags bool     // Tags are those of GOFLAGS
	goflags  string   // without tags
	env      []string // of the go command
	releases []string // the tags go1.1, go1.2 …
}

// BaseBuild asks the go command which build cfg is.
func BaseBuild(cfg Config) (Build, error) {
	cmd := exec.Command("go", "env", "-json", "GOOS", "GOARCH", "CGO_ENABLED", "GOFLAGS", "GOVERSION")
	cmd.Dir, cmd.Env = cfg.Dir, cfg.Env
	out, err := cmd.Output()
	if err != nil {
		return Build{}, fmt.Errorf("go env: %w", err)
	}
	env := map[string]string{}
	if err := json.Unmarshal(out, &env); err != nil {
		return Build{}, fmt.Errorf("go env: %w", err)
	}
	b := &baseBuild{
		Build:    Build{GOOS: env["GOOS"], GOARCH: env["GOARCH"], Cgo: env["CGO_ENABLED"] == "1"},
		env:      cfg.Env,
		releases: releaseTags(env["GOVERSION"]),
	}
	if b.env == nil {
		b.env = os.Environ()
	}
	tags := cfg.Tags
	var rest []string
	for _, f := range strings.Fields(env["GOFLAGS"]) {
		if v, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), "tags="); ok {
			b.flagTags = cfg.Tags == ""
			tags = cmp.Or(cfg.Tags, v)
		} else {
			rest = append(rest, f)
		}
	}
	b.goflags = strings.Join(rest, " ")
	b.Tags = strings.FieldsFunc(tags, func(r rune) bool { return r == ',' || r == ' ' })
	b.base = b
	return b.Build, nil
}

// releaseTags are the tags of a version of Go and of all before.
func releaseTags(v string) (tags []string) {
	n, err := strconv.Atoi(strings.TrimPrefix(version.Lang(v), "go1."))
	if err != nil {
		return build.Default.ReleaseTags // Go was built from a working tree
	}
	for i := range n {
		tags = append(tags, fmt.Sprintf("go1.%d", i+1))
	}
	return tags
}

// Config is cfg for this build.
func (b Build) Config(cfg Config) Config {
	cgo := "0"
	if b.Cgo {
		cgo = "1"
	}
	cfg.Env = append(slices.Clone(b.base.env), "GOOS="+b.GOOS, "GOARCH="+b.GOARCH, "CGO_ENABLED="+cgo, "GOFLAGS="+b.base.goflags)
	cfg.Tags = strings.Join(b.Tags, ",")
	return cfg
}

// Flags are what stands before and after the name of a command that is run for this build, and not for the
// one that the user has asked for: "GOOS=windows ", " --tags=special".
func (b Build) Flags() (before, after string) {
	if b.GOOS != b.base.GOOS {
		before += "GOOS=" + b.GOOS + " "
	}
	if b.GOARCH != b.base.GOARCH {
		before += "GOARCH=" + b.GOARCH + " "
	}
	native := b.GOOS == b.base.GOOS && b.GOARCH == b.base.GOARCH
	switch {
	case b.Cgo && !(native && b.base.Cgo):
		before += "CGO_ENABLED=1 "
	case !b.Cgo && native && b.base.Cgo:
		before += "CGO_ENABLED=0 "
	}
	if b.base.flagTags {
		before += strings.TrimSpace("GOFLAGS="+b.base.goflags) + " "
	}
	if len(b.Tags) > 0 {
		after = " --tags=" + strings.Join(b.Tags, ",")
	}
	return before, after
}

// ports are the systems that Go compiles for, in the order in which we try them.
var ports = strings.Fields(`
	linux/amd64 windows/amd64 darwin/arm64 linux/arm64 freebsd/amd64 netbsd/amd64 openbsd/amd64 dragonfly/amd64
	linux/386 linux/arm linux/loong64 linux/mips linux/mips64 linux/mips64le linux/mipsle linux/ppc64 linux/ppc64le linux/riscv64
	linux/s390x darwin/amd64 windows/386 windows/arm64 freebsd/386 freebsd/arm freebsd/arm64 netbsd/386 netbsd/arm netbsd/arm64
	openbsd/386 openbsd/arm openbsd/arm64 openbsd/ppc64 openbsd/riscv64 illumos/amd64 solaris/amd64 plan9/386 plan9/amd64 plan9/arm
	js/wasm wasip1/wasm aix/ppc64 android/arm64 android/386 android/amd64 android/arm ios/arm64 ios/amd64`)

// known are the names of systems and processors that a constraint can have. Some have no port.
var known = func() map[string]bool {
	m := map[string]bool{}
	for _, p := range ports {
		goos, goarch, _ := strings.Cut(p, "/")
		m[goos], m[goarch] = true, true
	}
	for _, name := range strings.Fields("hurd nacl zos amd64p32 armbe arm64be mips64p32 mips64p32le ppc riscv s390 sparc sparc64") {
		m[name] = true
	}
	return m
}()

// byGo reports whether the go command decides about a tag, and not who runs it. The tag ignore is for files that
// belong to no build, by an old custom.
func byGo(tag string) bool {
	return known[tag] || strings.HasPrefix(tag, "go1.") || slices.Contains([]string{"unix", "cgo", "gc", "gccgo", "ignore"}, tag)
}

// maxTags is how many tags of one file we try all values of.
const maxTags = 8

// Solve finds a build that has the file: one that is as near as can be to b. It reports whether we can load packages
// for it. We cannot where it takes a C compiler for another system, or one that the user does not want.
func (b Build) Solve(name string, src []byte) (_ Build, found, loads bool) {
	tags := slices.DeleteFunc(constraintTags(src), byGo)
	if len(tags) > maxTags {
		return Build{}, false, false
	}
	for _, c := range b.base.candidates() {
		for _, set := range subsets(tags, b.base.Tags) {
			c.Tags = set
			if c.Has(name, src) {
				return c, true, !c.Cgo || b.base.Cgo && c.GOOS == b.base.GOOS && c.GOARCH == b.base.GOARCH
			}
		}
	}
	return Build{}, false, false
}

// candidates are all builds but for tags. First is what the user has asked for, last what takes a C compiler.
func (b *baseBuild) candidates() (list []Build) {
	all := append([]string{b.GOOS + "/" + b.GOARCH}, ports...)
	if b.Cgo {
		list = append(list, b.Build)
	}
	for _, cgo := range []bool{false, true} {
		for _, p := range all {
			goos, goarch, _ := strings.Cut(p, "/")
			list = append(list, Build{GOOS: goos, GOARCH: goarch, Cgo: cgo, base: b})
		}
	}
	return list
}

// subsets are the sets of tags that differ from base in some of the tags alone, base itself first.
func subsets(tags, base []string) (sets [][]string) {
	for mask := range 1 << len(tags) {
		set := map[string]bool{}
		for _, t := range base {
			set[t] = true
		}
		for i, t := range tags {
			if mask&(1<<i) != 0 {
				set[t] = !set[t]
			}
		}
		maps.DeleteFunc(set, func(_ string, on bool) bool { return !on })
		sets = append(sets, slices.Sorted(maps.Keys(set)))
	}
	return sets
}
