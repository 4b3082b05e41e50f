package task

// hold keeps a task that waits from being polled, and reports whether it does.
func (t *Task) hold() bool {
	for {
		s := t.Load()
		if s&(StateDone|StateRunning|StateScheduled|StateForeign|StateExtra) != 0 || s&StateSpawned == 0 || s&StateStarted == 0 {
			return false
		}
		if t.State.CompareAndSwap(uint32(s), uint32(s|StateRunning)) { // pairs with letGo, and with the end of a turn
			return true
		}
	}
}

// letGo undoes hold.
func (t *Task) letGo() {
	if _, do := t.change(Word.Pause); do == DoSubmit {
		t.submit(nil)
	}
}
