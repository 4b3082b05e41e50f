package diag

// The ids of rules. What each means, with an example, is in the table of [Rules].
const (
	UnknownWord   = "AG0001"
	BadOption     = "AG0002"
	Misplaced     = "AG0003"
	Unmarkable    = "AG0004"
	NoBody        = "AG0005"
	Linked        = "AG0006"
	UsesCgo       = "AG0007"
	Collision     = "AG0008"
	TooManyValues = "AG0009"
	ErrorAlias    = "AG0010"
	NoRuntime     = "AG0011"
	NotYet        = "AG0012"
	OldGo         = "AG0013"
	NearMiss      = "AG0014"
)
