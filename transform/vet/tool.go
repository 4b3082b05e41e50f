package vet

import (
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"
)

// IsTool reports whether the arguments of a program are those with which go vet calls a -vettool: it asks
// for the version and the flags, and then hands over a file that describes one package.
func IsTool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return last == "-V=full" || last == "-flags" || strings.HasSuffix(last, ".cfg")
}

// Tool is the program that go vet calls. It does not return.
func Tool() { unitchecker.Main(analyzers...) }
