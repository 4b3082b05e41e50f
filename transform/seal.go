package transform

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"

	"github.com/asyncgen/asyncgen/transform/internal/load"
)

// sumStart begins the second line of a generated file: a checksum of all other lines. By it we know
// a file that has changed since, which we do not replace unless we are told to.
const sumStart = "//async:sum "

// seal adds the checksum to generated content.
func seal(content []byte) []byte {
	header, rest, _ := bytes.Cut(content, []byte("\n"))
	return slices.Concat(header, []byte("\n"+sumStart+sum(header, rest)+"\n"), rest)
}

// sealed reports whether content, with line endings of Unix, is as it was sealed.
func sealed(content []byte) bool {
	header, rest, _ := bytes.Cut(content, []byte("\n"))
	line, rest, _ := bytes.Cut(rest, []byte("\n"))
	return string(line) == sumStart+sum(header, rest)
}

func sum(header, rest []byte) string {
	h := sha256.New()
	h.Write(header)
	h.Write([]byte("\n"))
	h.Write(rest)
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// notOurs is said of a file that asyncgen did not write. Such a file is never replaced.
const notOurs = "it was not made by asyncgen, so it is not replaced"

var (
	conflict = regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>)( |$)`)
	sumLine  = regexp.MustCompile(`(?m)^//async:sum [0-9a-f]*\n`)
	imported = regexp.MustCompile(`(?m)^(import |\t)([\w.]+ )?"[^"\n]*"$`)
)

// foreign says why a file on disk must not be replaced without a word, "" where it may be: it is as asyncgen
// wrote it, or has nothing that would be lost. now is what is to take its place, nil if nothing is.
func foreign(old, now []byte) string {
	old = unixEndings(old)
	switch {
	case len(bytes.TrimSpace(old)) == 0:
		return "it is empty, cut off after asyncgen made it"
	case conflict.Match(old) && bytes.Contains(old, []byte(sumStart)):
		return "it has the marks of a merge conflict"
	case load.HeaderSource(old) == "":
		return notOurs
	case sealed(old) || bytes.Equal(withoutSum(old), withoutSum(now)):
		return ""
	}
	if i := bytes.Index(old, []byte(load.Header(load.HeaderSource(old)))); i > 0 && sealed(old[i:]) {
		return "something was put before its first line, a licence perhaps"
	}
	if now != nil && bytes.Equal(withoutPaths(old), withoutPaths(now)) {
		return "its import paths were changed after asyncgen made it, by a move of a module perhaps"
	}
	if !bytes.HasSuffix(old, []byte("\n")) {
		return "it was cut off or edited after asyncgen made it"
	}
	return "it was edited after asyncgen made it"
}

// withoutSum is content without its checksum.
func withoutSum(content []byte) []byte { return sumLine.ReplaceAll(content, nil) }

// withoutPaths is content without its checksum and its imports.
func withoutPaths(content []byte) []byte { return imported.ReplaceAll(withoutSum(content), nil) }

// unixEndings is content with the line endings that asyncgen writes.
func unixEndings(content []byte) []byte {
	return bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
}

// withEndings is generated content with the line endings of Windows, or as it is.
func withEndings(content []byte, crlf bool) []byte {
	if !crlf {
		return content
	}
	return bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n"))
}

// hasCRLF reports whether the first line of a file ends as on Windows.
func hasCRLF(content []byte) bool {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	return bytes.HasSuffix(line, []byte("\r"))
}
