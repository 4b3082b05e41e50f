package rt

import "github.com/asyncgen/asyncgen/rt/internal/task"

// SpawnOption is an option of [Spawn], [Go] and [BlockOn].
type SpawnOption func(*task.SpawnConfig)

// applied is what the options of the function who say together.
func applied(who string, opts []SpawnOption) *task.SpawnConfig {
	o := new(task.SpawnConfig)
	for _, f := range opts {
		if f == nil {
			panic(task.NilOption(who))
		}
		f(o)
	}
	return o
}

// configOf is applied, but nil without options.
func configOf(who string, opts []SpawnOption) *task.SpawnConfig {
	if len(opts) == 0 {
		return nil
	}
	return applied(who, opts)
}

// On has the task run on r, and not on the runtime that the caller belongs to. What the task starts
// belongs to r, too.
func On(r *Runtime) SpawnOption {
	if r == nil {
		panic(task.Misuse("On", "of a nil runtime", "New and Default give one; without On it is that of the caller"))
	}
	return func(o *task.SpawnConfig) { o.Rt = &r.engine }
}

// Name names the task, for handles and dumps.
func Name(name string) SpawnOption { return func(o *task.SpawnConfig) { o.Name = name } }

// Values are what a task has beside its arguments: a [context.Context] is one.
type Values interface{ Value(key any) any }

// WithValues gives the task values, which its code finds by [TaskValue]. A nil v is as if
// it was not there.
func WithValues(v Values) SpawnOption { return func(o *task.SpawnConfig) { o.Values = v } }

// TaskValue looks key up in the values of the task whose code calls it. It
// gives nil in a task without values, and on a goroutine that is no task.
func TaskValue(key any) any {
	if v := task.ValuesHere(); v != nil {
		return v.Value(key)
	}
	return nil
}

// Spawn starts a task that runs f, and gives its handle. f is used up. A
// generated future becomes the task itself: nothing is allocated.
func Spawn[T any](f Future[T], opts ...SpawnOption) *JoinHandle[T] {
	b := task.BoxOf("Spawn", f)
	task.TaskIn(b).Spawn(configOf("Spawn", opts), task.AsTask)
	return handleOf(b)
}

// Go starts a detached task: nobody gets its result. A panic that leaves it
// ends the program, as that of a goroutine does.
func Go[T any](f Future[T], opts ...SpawnOption) {
	task.TaskIn(task.BoxOf("Go", f)).Spawn(configOf("Go", opts), task.AsDetached)
}
