package golangci

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
)

// TestPlugin asks for the linter as golangci-lint does.
func TestPlugin(t *testing.T) {
	newLinter, err := register.GetPlugin("asyncgen")
	if err != nil {
		t.Fatal(err)
	}
	linter, err := newLinter(nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := linter.BuildAnalyzers()
	if err != nil {
		t.Fatal(err)
	}
	if err := analysis.Validate(list); err != nil {
		t.Error(err)
	}
	if len(list) == 0 || linter.GetLoadMode() != register.LoadModeTypesInfo {
		t.Errorf("%d analyzers, load mode %s", len(list), linter.GetLoadMode())
	}
}
