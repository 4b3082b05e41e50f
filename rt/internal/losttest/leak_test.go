package losttest

import (
	"context"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/leaktest"
)

func TestMain(m *testing.M) {
	leaktest.Main(m, func() { _ = rt.Default().Shutdown(context.Background()) })
}
