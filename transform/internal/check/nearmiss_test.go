package check

import (
	"strings"
	"testing"
)

// nearMissTexts are comments with the word that was meant, "" where they are prose, or the directive itself.
var nearMissTexts = map[string]string{
	"//async:func":              "",
	"//async:func name=later":   "",
	"//async:function":          "", // an unknown word, which is reported as that
	"//async:fun":               "",
	"//go:noinline":             "",
	"//lint:func":               "",
	"//export sync":             "",
	"// sync:func of old":       "",
	"// It is async.":           "",
	"// async: see below":       "",
	"// async functions":        "",
	"// async func":             "",
	"// async:func marks it":    "",
	"//\t//async:func":          "",
	"// //async:func":           "",
	"/* async func */":          "",
	"//asynchronous":            "",
	"// plain":                  "",
	"//async/await":             "",
	"// async:func":             "func",
	"//  async:func name=later": "func",
	"//\tasync:func":            "func",
	"// async:func await=a,b":   "func",
	"//async :func":             "func",
	"//async: func":             "func",
	"//async : func":            "func",
	"//Async:func":              "func",
	"//ASYNC:FUNC":              "func",
	"//async:Func":              "func",
	"// async:fun":              "func",
	"// async:fn":               "func",
	"// asyncgen:func":          "func",
	"//asyncgen:func":           "func",
	"//asyncfunc":               "func",
	"//async func":              "func",
	"//async-func":              "func",
	"//async.func":              "func",
	"//async_func":              "func",
	"//asyncFunc":               "func",
	"//async":                   "func",
	"//async:":                  "func",
	"// +async:func":            "",
	"//+async:func":             "func",
	"//@async:func":             "func",
	"//asnyc:func":              "func",
	"//aync:func":               "func",
	"//sync:func":               "func",
	"/*async:func*/":            "func",
	"/* async:func */":          "func",
	"// async:stream":           "stream",
	"// async:steam":            "stream",
	"//asyncstream":             "stream",
	"// async:plain":            "plain",
	"//asyncplain":              "plain",
	"// async:func // a mark":   "func",
}

func TestMeant(t *testing.T) {
	for text, want := range nearMissTexts {
		if got := meant(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestNearMissPlaces puts a comment that was meant to be a directive in each place.
func TestNearMissPlaces(t *testing.T) {
	for _, c := range []struct {
		src     string
		refused bool
	}{
		{"package p\n\n@async:func\nfunc f() {}\n", true},
		{"package p\n\n// f is f.\n//\n@async:func\nfunc f() {}\n", true},
		{"package p\n\n@async:func\n//\n// f is f.\nfunc f() {}\n", true},
		{"package p\n\n@async:func\n\nfunc f() {}\n", true},
		{"package p\n\ntype t int\n\n@async:func\nfunc (t) f() {}\n", true},
		{"package p\n\n@async:func\n\n// More.\n\nfunc f() {}\n", true},
		{"package p\n\nvar a = 1 @async:func\n\nfunc f() {}\n", true},
		{"@async:func\npackage p\n\nfunc f() {}\n", false},
		{"package p\n\n@async:func\nvar v int\n\nfunc f() {}\n", false},
		{"package p\n\nfunc f() {\n\t@async:func\n}\n\nfunc g() {}\n", false},
		{"package p\n\nfunc f() {}\n\n@async:func\n", false},
		{"package p\n\nvar f = func() {} @async:plain\n", true},
		{"package p\n\n@async:plain\nvar f = func() {}\n", true},
		{"package p\n\n@async:plain\n\nvar f = func() {}\n", false},
		{"package p\n\n@async:stream\nfunc f() {}\n", true},
	} {
		for _, start := range []string{"// async:", "//Async:"} {
			src := strings.Replace(c.src, "@async:", start, 1)
			list := problems(t, map[string][]byte{"p.go": []byte(src)})
			if got := len(list) == 1 && list[0].ID == "AG0013" && !list[0].Warning; got != c.refused || !got && len(list) > 0 {
				t.Errorf("%s\n%v", src, list)
			}
		}
	}
	for _, end := range []string{" ", "\t", "  \t", "\r"} {
		src := "package p\n\n//async:func" + end + "\nfunc f() {}\n"
		if list := problems(t, map[string][]byte{"p.go": []byte(src)}); len(list) > 0 {
			t.Errorf("%q: %v", src, list)
		}
	}
}
