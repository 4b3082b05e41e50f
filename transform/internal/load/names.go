package load

import (
	"go/ast"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Output is the name of the generated file that belongs to a source file. The words by which the
// go command selects files stay at the end, so that both files are in the same builds:
//
//	x.go                    x_async.go
//	x_test.go               x_async_test.go
//	x_linux.go              x_async_linux.go
//	x_linux_amd64_test.go   x_async_linux_amd64_test.go
func Output(name string) string {
	dir, base := "", name
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		dir, base = name[:i+1], name[i+1:]
	}
	stem := strings.TrimSuffix(base, ".go")
	stem, test := strings.CutSuffix(stem, "_test")
	words := strings.Split(stem, "_")
	keep := len(words)
	// The first word is never a constraint: linux.go is in every build.
	switch n := len(words); {
	case n >= 3 && knownOS[words[n-2]] && knownArch[words[n-1]]:
		keep = n - 2
	case n >= 2 && (knownOS[words[n-1]] || knownArch[words[n-1]]):
		keep = n - 1
	}
	out := strings.Join(words[:keep], "_") + "_async"
	if keep < len(words) {
		out += "_" + strings.Join(words[keep:], "_")
	}
	if test {
		out += "_test"
	}
	return dir + out + ".go"
}

// The names by which the go command selects files (go/build keeps its lists to itself).
var (
	knownOS = words(`aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd
		openbsd plan9 solaris wasip1 windows zos`)
	knownArch = words(`386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64
		mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm`)
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// namesOf derives the names of what is generated for decl, before collisions are looked at:
//
//	func sizes             sizesAsync  sizesRun  sizesFuture      sizesFrame      sizesFunc
//	func Sizes             SizesAsync  SizesRun  sizesFuture      sizesFrame      sizesFunc
//	func (*Client) Get     GetAsync    GetRun    clientGetFuture  clientGetFrame  clientGetFunc
//	func (*client) Get     GetAsync    GetRun    clientGetFuture  clientGetFrame  clientGetFunc
//
// The types are nobody's but the generated code's.
func namesOf(decl *ast.FuncDecl, opts Options) Names {
	name := decl.Name.Name
	n := Names{Async: opts.Name, Run: name + "Run"}
	switch {
	case n.Async != "":
	case opts.Stream:
		n.Async = name + "Stream"
	default:
		n.Async = name + "Async"
	}
	long := name
	if recv := ReceiverName(decl); recv != "" {
		long = recv + upperFirst(name)
	}
	short := lowerFirst(long)
	n.Future = short + "Future"
	n.Frame = short + "Frame"
	n.Func = short + "Func"
	return n
}

// ReceiverName is the name of the type that decl is a method of, "" for a plain function.
func ReceiverName(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) != 1 {
		return ""
	}
	if id := typeIdent(decl.Recv.List[0].Type); id != nil {
		return id.Name
	}
	return ""
}

// typeIdent is the name in an expression that names a type: T in T, *T, (T), T[int] and p.T. It is nil where there is none.
func typeIdent(t ast.Expr) *ast.Ident {
	for {
		switch u := t.(type) {
		case *ast.ParenExpr:
			t = u.X
		case *ast.StarExpr:
			t = u.X
		case *ast.IndexExpr:
			t = u.X
		case *ast.IndexListExpr:
			t = u.X
		case *ast.SelectorExpr:
			return u.Sel
		case *ast.Ident:
			return u
		default:
			return nil
		}
	}
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// lowerFirst makes an unexported name. An initialism at the start is lowered whole: HTTPClient
// becomes httpClient.
func lowerFirst(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		if !unicode.IsUpper(r) {
			break
		}
		if i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}
