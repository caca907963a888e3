package program

// walk.go visits what stands in a function. Nested functions are not entered:
// each is a function of its own in File.Funcs.

// Walk calls yield for every statement and value of fn's own body, decorators,
// parameter defaults and class bodies included, in the order of the text as far
// as the form keeps it. A statement is given with a nil value before the values
// in it; a value is given before its parts, together with its statement (nil
// for one outside the body). Where yield gives false, the parts are skipped.
func (fn *Function) Walk(yield func(*Stmt, *Value) bool) {
	w := walker{yield: yield}
	for _, d := range fn.Decorators {
		w.value(d)
	}
	for i := range fn.Params {
		w.value(fn.Params[i].Default)
	}
	w.stmts(fn.Body)
}

type walker struct {
	yield func(*Stmt, *Value) bool
	stmt  *Stmt
}

func (w *walker) stmts(list []*Stmt) {
	for _, s := range list {
		w.one(s)
	}
}

func (w *walker) one(s *Stmt) {
	if s == nil || !w.yield(s, nil) {
		return
	}
	outer := w.stmt
	w.stmt = s
	for _, t := range s.Targets {
		w.value(t)
	}
	w.value(s.Value)
	if s.Class != nil {
		w.class(s.Class)
	}
	w.stmt = outer
	w.stmts(s.Body)
	for i := range s.Cases {
		w.stmt = s
		for _, v := range s.Cases[i].Values {
			w.value(v)
		}
		w.value(s.Cases[i].Guard)
		w.stmt = outer
		w.stmts(s.Cases[i].Body)
	}
	w.stmts(s.Else)
	w.stmts(s.Finally)
	w.stmts(s.Post)
}

func (w *walker) class(c *Class) {
	for _, d := range c.Decorators {
		w.value(d)
	}
	for _, b := range c.Bases {
		w.value(b)
	}
	for i := range c.Fields {
		w.value(c.Fields[i].Value)
	}
	w.stmts(c.Body)
}

func (w *walker) value(v *Value) {
	if v == nil || !w.yield(w.stmt, v) {
		return
	}
	w.value(v.X)
	for _, a := range v.Args {
		w.value(a)
	}
	if v.Class != nil {
		w.class(v.Class)
	}
}
