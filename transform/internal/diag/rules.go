package diag

// The ids of the rules. An id never changes its meaning.
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
	OldLanguage   = "AG0012"
	NearMiss      = "AG0013"
	Pragma        = "AG0014"
	LeftOut       = "AG0015"

	Unnameable  = "AG0102"
	Callback    = "AG0103"
	UnknownNode = "AG0104"
	Stream      = "AG0105"
	Renamed     = "AG0106"

	InLiteral  = "AG0201"
	Overridden = "AG0202"

	NotOurs     = "AG0301"
	HandEdited  = "AG0302"
	CannotWrite = "AG0303"
	Stale       = "AG0304"
	Differs     = "AG0305"

	Dropped        = "AG0401"
	BlockingValue  = "AG0402"
	BlockingChan   = "AG0403"
	BlockingCall   = "AG0404"
	BlockingFunc   = "AG0405"
	LockHeld       = "AG0406"
	Lent           = "AG0407"
	HotLoop        = "AG0408"
	UsedAfter      = "AG0409"
	UnmarkedBlock  = "AG0410"
	SharedMember   = "AG0411"
	IgnoresContext = "AG0412"
	NotChosen      = "AG0413"

	Internal = "AG0901"
)

// UnnameableHint is the way out of [Unnameable].
const UnnameableHint = "convert it to an interface, or use it in a function of its own"
