package program

// keep.go keeps what others derive from a function with the function, so that it
// is found once and not again at every version of the file.

// Kept holds one thing that is derived from a function. Make one for each thing,
// as a package variable.
type Kept[T any] struct{ derive func(*Function) T }

// Keep makes a Kept. What derive gives must follow from the function's own text
// alone, must not be written to, and must hold positions relative to the function.
func Keep[T any](derive func(*Function) T) *Kept[T] { return &Kept[T]{derive} }

// Of gives what is derived from fn, once for each function and from any goroutine.
func (k *Kept[T]) Of(fn *Function) T {
	if fn.memo == nil {
		return k.derive(fn)
	}
	if v, ok := fn.memo.kept.Load(k); ok {
		return v.(T)
	}
	v := k.derive(fn)
	fn.memo.kept.Store(k, v)
	return v
}
