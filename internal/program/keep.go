package program

// keep.go keeps what others derive from a function with the function, so that it
// is found once and not again at every version of the file.

import "mcpaudit/internal/source"

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

// KeptText holds one thing that is derived from the text of a function. Make one for
// each thing, as a package variable.
type KeptText[T any] struct{ derive func(text string) T }

// KeepText makes a KeptText, under the conditions of Keep.
func KeepText[T any](derive func(text string) T) *KeptText[T] { return &KeptText[T]{derive} }

// Of gives what is derived from the text of a function of f, by its index in f.Funcs:
// once for each function, but at every version for the code outside of all functions.
func (k *KeptText[T]) Of(f *File, fn int) T {
	placed := &f.Funcs[fn]
	text := func() string {
		return f.Tree.Text.Slice(source.Span{Start: placed.Start, End: placed.Start + placed.Len})
	}
	if placed.memo == nil || fn == 0 {
		return k.derive(text())
	}
	if v, ok := placed.memo.kept.Load(k); ok {
		return v.(T)
	}
	v := k.derive(text())
	placed.memo.kept.Store(k, v)
	return v
}
