package mutate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// code has something for each operator; main prints what has become of it.
const code = `package main

import "fmt"

func both(a, b bool) bool { return a && !b }

func either(a, b bool) string {
	if a || b {
		return "yes"
	}
	return "no"
}

func small(n int) bool { return n < 3 }

func next(list []int, n int) (sum int) {
	sum = list[0] + n
	sum++
	add(&sum)
	return sum
}

func add(n *int) { *n += 10 }

func kind(v any) (string, error) {
	switch v.(type) {
	case int:
		return "int", nil
	case string:
		fmt.Print()
	}
	return "other", nil
}

func size(n int) int {
	switch n {
	case 1:
		return 1
	default:
		return 2
	}
}

func main() {
	s, err := kind(1)
	fmt.Println(both(true, false), either(false, false), either(true, false), small(3), small(2), next([]int{1}, 2), s, err, size(1))
}
`

// TestOperators breaks a program in each way, and compares what it prints.
func TestOperators(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/m\n\ngo 1.26\n", "main.go": code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	set, err := Load(dir, []string{"."}, func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := set.Overlay(t.TempDir(), "example.com/m", nil)
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(t.TempDir(), "m.exe")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", exe, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(id int) string {
		c := exec.Command(exe)
		c.Env = append(os.Environ(), fmt.Sprint("MUTANT=", id))
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	whole := "true no yes false true 14 int <nil> 1"
	if got := run(0); got != whole {
		t.Fatalf("without a mutant: %s", got)
	}
	want := map[string]string{
		"both: true: a":                 whole,
		"both: false: a":                "false no yes false true 14 int <nil> 1",
		"both: false: b":                whole,
		"either: true: a":               "true yes yes false true 14 int <nil> 1",
		"either: false: a":              "true no no false true 14 int <nil> 1",
		"either: false: b":              whole,
		"small: true: n < 3":            "true no yes true true 14 int <nil> 1",
		"small: false: n < 3":           "true no yes false false 14 int <nil> 1",
		"small: more: n < 3":            "true no yes true true 14 int <nil> 1",
		"next: drop: sum = list[0] + n": "true no yes false true 11 int <nil> 1",
		"next: more: list[0] + n":       "true no yes false true 15 int <nil> 1",
		"next: drop: sum++":             "true no yes false true 13 int <nil> 1",
		"next: drop: add(&sum)":         "true no yes false true 4 int <nil> 1",
		"add: drop: *n += 10":           "true no yes false true 4 int <nil> 1",
		"size: case: case 1:":           "true no yes false true 14 int <nil> 0",
		"kind: case: case int:":         "true no yes false true 14 other <nil> 1",
	}
	for name, out := range want {
		i := slices.IndexFunc(set.Mutants, func(m Mutant) bool { return m.Name() == "main.go "+name })
		if i < 0 {
			t.Errorf("no mutant %q", name)
		} else if got := run(set.Mutants[i].ID); got != out {
			t.Errorf("%s: %s, not %s", name, got, out)
		}
	}
	for _, m := range set.Mutants {
		if _, ok := want[strings.TrimPrefix(m.Name(), "main.go ")]; !ok && m.Func != "kind" && m.Func != "main" {
			t.Errorf("unexpected mutant %q", m.Name())
		}
	}
}
