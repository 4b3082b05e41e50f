package rt

func (v *verb) Inside() bool { return true } // its arms say more

func (never[T]) Inside() bool { return true }

func (w *groupWait) Inside() bool { return true }

func (n *setNext[T]) Inside() bool { return true }

func (n *setStop[T]) Inside() bool { return true }

func (d *contextDone) Inside() bool { return d.ctx.Done() == nil }
