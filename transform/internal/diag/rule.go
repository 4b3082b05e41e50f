package diag

import "slices"

// A Rule explains what an id means.
type Rule struct {
	ID    string
	Title string

	// Text has an example and the way out. Each indented block is a file, or an archive of files. It is
	// compiled by a test: a comment // AG0001 says what is reported on its line, and a block without such a
	// comment gives no problem and no finding.
	Text string
}

// Rules are all rules, by id: directives from AG0001, constructs from AG0102, likely mistakes from
// AG0201, files from AG0301, what asyncgen vet finds from AG0401.
var Rules = slices.Concat(directiveRules, constructRules, fileRules, vetRules, []Rule{
	{Internal, "a mistake in asyncgen", `
A pass failed, or what it made does not compile: that is checked before anything is written. Please report it with
the function, and the output of -dump. Without the directive on that function, everything else can be generated.
With --no-check the file is written, so that it can be looked at.
`},
})
