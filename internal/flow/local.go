package flow

// local.go follows values within one function for rules that bring their own
// sources and sinks, with the meaning of Semgrep's taint mode: no guard is
// inferred, an unknown call passes on what it is given.

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Mark is a place that a pattern matched.
type Mark struct {
	Span source.Span // absolute
	// Exact means the expression alone, not what stands within it.
	Exact bool
	// BySideEffect means that the variable stays tainted, or clean, after it.
	BySideEffect bool
}

// Propagator passes taint from one place to another when both are reached.
type Propagator struct{ From, To source.Span }

// Spec is what a taint rule found in a file.
type Spec struct {
	Sources, Sinks, Sanitizers []Mark
	Propagators                []Propagator
}

// Match is a source that reaches a sink: indices into the Spec.
type Match struct {
	Source, Sink int
	Steps        []Step
}

// Local follows the sources of spec to its sinks within function fn and its
// closures. Matches come in the order of their sinks, one for each pair.
func Local(f *program.File, fn int, spec Spec) []Match { return nil }

// localRun is the state of Local.
type localRun struct{}

func (l *localRun) nested(f *frame, fn *program.Function) {}

func (f *frame) evalLocal(v *program.Value) *value { return f.evalOp(v) }

func (f *frame) callLocal(v *program.Value, recv, fn *value, method string) *value { return nil }
