package kinds

import "errors"

// errGone says that there is nothing under a key.
var errGone = errors.New("gone")

// page is what a store has under a key.
type page struct {
	key  string
	body []byte
	next []string
}
