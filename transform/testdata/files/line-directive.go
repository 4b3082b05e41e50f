package p

//line elsewhere.go:7
func f() {
	'
}
