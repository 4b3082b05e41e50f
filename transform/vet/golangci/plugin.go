// Package golangci is a module plugin for golangci-lint: imported by a golangci-lint that golangci-lint custom
// has built, it adds the linter asyncgen, with the rules of asyncgen vet. docs/vet.md has the configuration.
package golangci

import (
	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/asyncgen/asyncgen/transform/vet"
)

func init() { register.Plugin("asyncgen", New) }

// New makes the linter. It has no settings.
func New(any) (register.LinterPlugin, error) { return plugin{}, nil }

type plugin struct{}

// BuildAnalyzers are the rules.
func (plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) { return vet.Analyzers(), nil }

// GetLoadMode says that the rules need types.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
