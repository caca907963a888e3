package program

// calls.go lists the calls of a function once, for the many checks that ask for
// some of them.

// Calls gives the calls and constructions of fn's own body in the order in which
// Walk visits them. Do not write to the list.
func (fn *Function) Calls() []*Value {
	if fn.memo == nil {
		return fn.callsIn()
	}
	fn.memo.callsOnce.Do(func() { fn.memo.calls = fn.callsIn() })
	return fn.memo.calls
}

func (fn *Function) callsIn() []*Value {
	var calls []*Value
	fn.Walk(func(_ *Stmt, v *Value) bool {
		if v != nil && (v.Op == OpCall || v.Op == OpNew) && v.X != nil {
			calls = append(calls, v)
		}
		return true
	})
	return calls
}
