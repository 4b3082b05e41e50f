//go:build !amd64 && !arm64

// A package with an assembly file may have functions without a body: see labels.go.
