package loader

import (
	"strings"
	"testing"
)

// TestSolve finds builds for files: the nearest one, or none.
func TestSolve(t *testing.T) {
	base := func(goos, goarch string, cgo bool, tags ...string) Build {
		b := &baseBuild{Build: Build{GOOS: goos, GOARCH: goarch, Cgo: cgo, Tags: tags}, releases: releaseTags("go1.26.8")}
		b.base = b
		return b.Build
	}
	linux := base("linux", "amd64", true)
	const c = "package p\n\nimport \"C\"\n"
	for _, test := range []struct {
		base       Build
		name, line string
		want       string // the flags, "never", or "cgo: " and the flags
	}{
		{linux, "x.go", "", ""},
		{linux, "x_windows.go", "", "GOOS=windows"},
		{linux, "x_windows_arm64_test.go", "", "GOOS=windows GOARCH=arm64"},
		{linux, "x_js.go", "", "GOOS=js GOARCH=wasm"},
		{linux, "x_hurd.go", "", "never"},
		{linux, "x_riscv.go", "", "never"},
		{linux, "x.go", "//go:build special", "--tags=special"},
		{linux, "x.go", "// +build special", "--tags=special"},
		{linux, "x.go", "//go:build special && !other && (windows || plan9)", "GOOS=windows --tags=special"},
		{linux, "x.go", "//go:build a && b && c && d && e && f && g && h && !linux", "GOOS=windows --tags=a,b,c,d,e,f,g,h"},
		{linux, "x.go", "//go:build !unix && !windows && !wasm", "GOOS=plan9 GOARCH=386"},
		{base("linux", "amd64", true, "special", "more"), "x.go", "//go:build !special", "--tags=more"},
		{base("windows", "amd64", true, "special"), "x_linux.go", "//go:build special", "GOOS=linux --tags=special"},
		{linux, "x.go", "//go:build !cgo", "CGO_ENABLED=0"},
		{base("linux", "amd64", false), "x.go", "//go:build cgo", "cgo: CGO_ENABLED=1"},
		{linux, "x.go", "//go:build cgo && darwin", "cgo: GOOS=darwin GOARCH=arm64 CGO_ENABLED=1"},
		{base("linux", "amd64", false), "x.go", c, "cgo: CGO_ENABLED=1"},
		{linux, "x_windows.go", c, "cgo: GOOS=windows CGO_ENABLED=1"},
		{linux, "x.go", "//go:build linux && windows", "never"},
		{linux, "x.go", "//go:build a && !a", "never"},
		{linux, "x.go", "//go:build go1.999", "never"},
		{linux, "x.go", "//go:build !go1.21", "never"},
		{linux, "x.go", "//go:build gccgo", "never"},
		{linux, "x.go", "//go:build ignore", "never"},
	} {
		src := test.line
		if !strings.HasPrefix(src, "package") {
			src += "\n\npackage p\n"
		}
		got := "never"
		if b, found, loads := test.base.Solve("/dir/"+test.name, []byte(src)); found {
			if !b.Has("/dir/"+test.name, []byte(src)) {
				t.Errorf("%s %s: %+v does not have it", test.name, test.line, b)
			}
			before, after := b.Flags()
			got = strings.TrimSpace(strings.TrimSpace(before) + after)
			if !loads {
				got = "cgo: " + got
			}
		}
		if got != test.want {
			t.Errorf("%s with %q: found %q, want %q", test.name, test.line, got, test.want)
		}
	}
}

// TestBaseBuild takes tags from flags, and else from GOFLAGS.
func TestBaseBuild(t *testing.T) {
	t.Setenv("GOFLAGS", "-mod=mod -tags=a,b")
	t.Setenv("GOOS", "plan9")
	t.Setenv("GOARCH", "386")
	b, err := BaseBuild(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if b.GOOS != "plan9" || b.GOARCH != "386" || strings.Join(b.Tags, " ") != "a b" {
		t.Errorf("the build is %+v", b)
	}
	before, after := b.Flags()
	if before != "GOFLAGS=-mod=mod " || after != " --tags=a,b" {
		t.Errorf("the flags are %q, %q", before, after)
	}
	if b, err = BaseBuild(Config{Tags: "c"}); err != nil || strings.Join(b.Tags, " ") != "c" {
		t.Errorf("the build is %+v, %v", b, err)
	}
	if before, after = b.Flags(); before != "" || after != " --tags=c" {
		t.Errorf("the flags are %q, %q", before, after)
	}
}
