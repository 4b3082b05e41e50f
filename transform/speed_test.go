package transform

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/asyncgen/asyncgen/transform/internal/load"
	"github.com/asyncgen/asyncgen/transform/internal/loader"
)

// BenchmarkGenerate compares what generating costs with what loading costs, for a package of 1,000
// functions in 20 files, of which all or some are marked. Loading is what any tool does that wants the
// types of the package: it asks the go command and type-checks. The goal is generate/load < 0.25.
func BenchmarkGenerate(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as cmd/asyncgen does
	for _, marked := range []int{1000, 200, 50} {
		b.Run(fmt.Sprintf("marked=%d", marked), func(b *testing.B) {
			dir := writeFuncs(b, 1000, marked)
			cfg := loader.Config{Dir: dir, Env: append(os.Environ(), "GOFLAGS=-mod=mod", "GOSUMDB=off")}
			var loading, generating time.Duration
			for b.Loop() {
				start := time.Now()
				pkgs, err := loader.Load(cfg)
				if err != nil {
					b.Fatal(err)
				}
				loaded := time.Now()
				res, err := compile(Config{}, pkgs, nil)
				if err != nil {
					b.Fatal(err)
				}
				if len(res.Files) == 0 {
					b.Fatal("nothing is generated")
				}
				loading += loaded.Sub(start)
				generating += time.Since(loaded)
			}
			b.ReportMetric(float64(loading.Milliseconds())/float64(b.N), "load-ms")
			b.ReportMetric(float64(generating.Milliseconds())/float64(b.N), "generate-ms")
			b.ReportMetric(float64(generating)/float64(loading), "generate/load")
		})
	}
}

// writeFuncs writes a module with one package of n functions, of which so many are marked, evenly
// spread. Each is like one of a service: it calls two others, looks at their errors, and works a little.
func writeFuncs(b *testing.B, n, marked int) string {
	b.Helper()
	dir := b.TempDir()
	repo, err := filepath.Abs("..")
	if err != nil {
		b.Fatal(err)
	}
	const path = "github.com/asyncgen/asyncgen"
	files := map[string]string{
		"go.mod": fmt.Sprintf("module example.com/many\n\ngo 1.26.0\n\nrequire %s v0.0.0\n\nreplace %s => %s\n", path, path, repo),
	}
	const perFile = 50
	for first := 0; first < n; first += perFile {
		var s strings.Builder
		s.WriteString("package many\n\nimport (\n\t\"context\"\n\t\"encoding/json\"\n\t\"fmt\"\n\t\"net/http\"\n\n\t\"" + path + "/rt\"\n)\n\n" +
			"var _ = http.StatusOK\n")
		for i := first; i < first+perFile; i++ {
			writeFunc(&s, i, i*marked/n != (i+1)*marked/n)
		}
		files[fmt.Sprintf("f%02d.go", first/perFile)] = s.String()
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// writeFunc writes one function, with up to three awaits if it is marked.
func writeFunc(s *strings.Builder, i int, marked bool) {
	s.WriteString("\n")
	if marked {
		fmt.Fprintf(s, "// f%d asks the next ones.\n//\n//async:func\n", i)
	}
	a, b := i/10*10+(i+1)%10, i/10*10+(i+7)%10
	fmt.Fprintf(s, `func f%[1]d(ctx context.Context, id int, args map[string]string) (_ []byte, err error) {
	if id <= 0 || len(args) == 0 {
		return nil, fmt.Errorf("f%[1]d: no id in %%v", args)
	}
	body, err := f%[2]d(ctx, id-1, args)
	if err != nil {
		return nil, fmt.Errorf("f%[1]d: %%w", err)
	}
	var reply struct{ Names []string }
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, err
	}
	for i, name := range reply.Names {
		if args[name] == "" {
			args[name] = fmt.Sprint(i)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rt.Yield()
	if id %% 2 == 0 {
		return f%[3]d(ctx, id/2, args)
	}
	return json.Marshal(args)
}
`, i, a, b)
}

// TestLinear fails when compiling four times as much takes much more than four times the memory: then
// something is copied for each function of a package, or for each await of a function. Bytes are counted
// and not time, which depends on what else the machine does.
func TestLinear(t *testing.T) {
	cases := []struct {
		name string
		src  func(n int) string
		n    int
	}{
		{"functions", manyFuncs, 50},
		{"awaits", longFunc, 50},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			one, four := allocated(t, c.src(c.n)), allocated(t, c.src(4*c.n))
			t.Logf("%d: %d KB, %d: %d KB", c.n, one>>10, 4*c.n, four>>10)
			if float64(four) > 5*float64(one) {
				t.Errorf("for %d it takes %d bytes, for %d %d", c.n, one, 4*c.n, four)
			}
		})
	}
}

// allocated is how many bytes the passes allocate for a package.
func allocated(t *testing.T, src string) uint64 {
	t.Helper()
	p, err := loader.Source("example.com/p", map[string][]byte{"p.go": []byte(src)})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := compile(Config{}, []*load.Package{p}, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
