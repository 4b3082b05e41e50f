package rthttp_test

import (
	"context"
	"testing"

	"github.com/asyncgen/asyncgen/rt"
	"github.com/asyncgen/asyncgen/rt/internal/leaktest"
)

func TestMain(m *testing.M) {
	leaktest.Main(m, func() { _ = rt.Default().Shutdown(context.Background()) }, "github.com/asyncgen/asyncgen/rt/rtnet.(*reactor).loop")
}
