package p

// Initial values with errors.
var a = nowhere{1}

var b = []nowhere{{1}, missing()}

func f() int { return g() }

func g() int { return len(b) }
