package mcp

// registration.go keeps what a file shows of registrations whose handler stands in
// another file, and reads the function that turns out to be the handler there.

import (
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Registration is a registration of which a part stands in another file.
type Registration struct {
	// Entry is what this file shows of it; its Name is empty where only the other
	// file knows it.
	Entry *Entry
	// Func is the function in which the names of the values below are looked up.
	Func int
	// Handler gives the function; nil where Object holds it. In Go it may give a
	// tool and its function together.
	Handler *program.Value
	// Name gives the name, where it is not constant.
	Name *program.Value
	// Object is a tool as one object that holds its own name and function.
	Object *program.Value
	// Doubtful is set where it may be none: only another file could tell.
	Doubtful bool
	// Turns are the loops around the registration, outermost first.
	Turns []Turn
	// Stands is the function that is registered in place of one that a caller of a
	// function around it brings, 0 where there is none.
	Stands int

	args     bool        // the handler takes the arguments
	skip     int         // how many of its first parameters are filled already
	low      *lowHandler // it serves a whole kind of request
	declared []*Entry    // what low serves, as far as this file says
	tool     bool        // the handler's arguments are a struct of its own
	ownName  bool        // it is named for its function
}

// Turn is a loop, or a callback that runs over a list.
type Turn struct {
	Func   int            // in which Over is looked up
	Over   *program.Value // what it runs over
	Target *program.Value // what is bound to each element, in the function of the registration
	Key    *program.Value // what is bound to its key, where the loop gives pairs
	Param  *program.Param // the callback's parameter, in place of Target
}

// HandlerNames are the members of a tool object that may hold its function.
func HandlerNames() []string { return handlerNames }

// register keeps a registration whose handler is not in this file. e is among the
// file's entries where it has a name.
func (x *recogniser) register(e *Entry, handler ref, reg Registration) {
	if len(x.facts.Registrations) >= maxTurns {
		return
	}
	reg.Entry = e
	if handler.ok() {
		d := x.deref(handler)
		if d.v.Op == program.OpConst {
			return
		}
		reg.Handler, reg.Func = d.v, d.scope
	}
	x.facts.Registrations = append(x.facts.Registrations, &reg)
}

// registerLow keeps the handler of a whole kind of request.
func (x *recogniser) registerLow(h lowHandler, handler ref) {
	e := &Entry{Kind: h.kind, SDK: h.sdk, Handler: -1, Span: h.span, NameSpan: h.span}
	h.fn = -1
	x.register(e, handler, Registration{low: &h})
}

// turnsOf gives the loops around a site, those that are told apart by what they
// run over.
func (x *recogniser) turnsOf(r ref, s site) []Turn {
	var out []Turn
	if fn := r.scope; fn > 0 && x.f.Funcs[fn].Kind == program.KindClosure && len(x.f.Funcs[fn].Params) > 0 {
		c, ok := x.callbacks[x.f.Funcs[fn].Function]
		if name := calleeName(c.call); ok && (name == "forEach" || name == "map") && c.call.X.Op == program.OpField {
			out = append(out, Turn{Func: c.fn, Over: c.call.X.X, Param: &x.f.Funcs[fn].Params[0]})
		}
	}
	for _, loop := range s.in {
		if loop.Value == nil || len(loop.Targets) == 0 || len(out) >= 3 {
			continue
		}
		t := Turn{Func: r.scope, Over: loop.Value, Target: loop.Targets[0]}
		if len(loop.Targets) > 1 {
			t.Key, t.Target = loop.Targets[0], loop.Targets[1]
		}
		out = append(out, t)
	}
	return out
}

// For gives the registration as a caller of the function around it makes it: with the
// name that the caller brings, at the caller's place.
func (r *Registration) For(name string, at source.Span) *Registration {
	own, e := *r, *r.Entry
	e.Name, e.Span, e.NameSpan, e.Handler = name, at, at, -1
	own.Entry, own.ownName = &e, false
	return &own
}

// Serve reads function fn of f as the handler that a registration of another file
// names; filled is how many of its first parameters are bound already. The entries
// speak of f: their handler is fn, and what they say of the registration's text has
// no place. own reports that the function is an entry of its own file already.
func (f *Facts) Serve(fn, filled int, reg *Registration, name string) (entries []*Entry, inputs []InputParam, own bool) {
	if f.File == nil || fn <= 0 || fn >= len(f.File.Funcs) {
		return nil, nil, false
	}
	for _, i := range f.byFunc[fn] {
		if f.handlers[i].entry != nil {
			return nil, nil, true
		}
	}
	scratch := &Facts{File: f.File}
	x := newRecogniser(f.File, scratch)
	e := *reg.Entry
	e.Handler, e.HandlerName, e.Branch, e.Schema = fn, f.File.Funcs[fn].Name, source.Span{}, nil
	e.Params = slices.Clone(e.Params)
	for i := range e.Params {
		e.Params[i].Span, e.Params[i].Description.Span = source.Span{}, source.Span{}
	}
	if e.Name == "" {
		e.Name = name
	}
	if reg.ownName || e.Name == "" {
		e.Name = f.File.Funcs[fn].Name
	}
	skip := reg.skip + filled
	switch {
	case reg.low != nil:
		h := *reg.low
		h.fn, h.name.param, h.args.param = fn, h.name.param+filled, h.args.param+filled
		if h.name.param >= len(f.File.Funcs[fn].Params) || h.args.param >= len(f.File.Funcs[fn].Params) {
			return nil, nil, false
		}
		for _, d := range reg.declared {
			own := *d
			own.Handler = -1
			x.declare(&own)
		}
		x.low = append(x.low, h)
		x.pairLowLevel()
	case f.File.Lang.ECMAScript():
		x.ecmaHandler(&e, fn, skip, registration{args: reg.args})
		x.add(&e)
	case f.File.Lang == source.Go:
		x.goHandler(&e, fn, skip, reg.tool)
		x.add(&e)
	default:
		x.pyHandler(&e, skip)
		x.add(&e)
	}
	for _, e := range scratch.Entries {
		e.Elsewhere = true
	}
	return scratch.Entries, scratch.Inputs(), false
}
