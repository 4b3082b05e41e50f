package task

// SetOutlook sets what workers call: about each millisecond, and before they park. It wakes tasks, and does not wait. Package
// rtnet sets it when there is something to look for.
func SetOutlook(look func() bool) { outlook.Store(&look) }

// lookOut looks, for a worker of r, and reports whether something has come. A bubble has nothing to do with what is outside, and
// it must not wake what is.
func (r *Runtime) lookOut() bool {
	look := outlook.Load()
	return look != nil && !r.fleeting && (*look)()
}
