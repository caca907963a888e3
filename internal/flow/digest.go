package flow

// digest.go gives values and summaries a number that is equal, but for chance,
// when they say the same. It decides whether what was found in the last version
// still holds in this one, so it must not depend on addresses.

import "mcpaudit/internal/source"

type digester uint64

func newDigester() digester { return 0xcbf29ce484222325 }

func (d *digester) num(n uint64) {
	x := uint64(*d) ^ n
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 29
	*d = digester(x)
}

func (d *digester) str(s string) {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	d.num(h ^ uint64(len(s)))
}

func (d *digester) span(s source.Span) { d.num(uint64(s.Start)<<32 | uint64(s.End)) }

func (d *digester) node(n node) {
	d.num(n.fn)
	d.num(uint64(n.cut)<<32 | uint64(uint16(n.param))<<8 | uint64(n.kind))
	d.str(n.path)
}

func (d *digester) atoms(list []atom) {
	d.num(uint64(len(list)))
	for i := range list {
		a := &list[i]
		d.node(a.node)
		d.num(uint64(a.proven)<<16 | uint64(a.lang)<<8 | uint64(a.flags))
		d.str(string(a.part))
		d.str(a.prefix)
		for s := a.steps; s != nil; s = s.prev {
			d.num(s.fn)
			d.span(s.span)
		}
	}
}

func (d *digester) failed(x failedProof) {
	d.node(x.node)
	d.num(x.fn)
	d.span(x.span)
	d.str(x.reason)
	d.num(uint64(x.proven))
}

func (d *digester) proofs(list []proof) {
	d.num(uint64(len(list)))
	for _, p := range list {
		d.node(p.node)
		d.num(uint64(p.proven))
	}
}

func (d *digester) chars(c *charTest) {
	if c == nil {
		return
	}
	for _, n := range c.of {
		d.node(n)
	}
	if c.alone {
		d.num(6)
	}
	for _, s := range []charSet{c.yes, c.no} {
		d.num(s.lo)
		d.num(s.hi)
		if s.beyond {
			d.num(5)
		}
	}
}

// The values that all analyses share are digested before any of them runs, so
// that concurrent ones only read them.
func init() {
	for _, v := range []*value{noneValue, numberValue, trueValue, falseValue, configValue, configValue2} {
		v.sum()
	}
}

// isFixed reports whether a value, of whose parts the digests are known, is the same
// for each caller of the function that gives it: no parameter is in it.
func (v *value) isFixed() bool {
	if len(v.fns) > 0 || v.tests != nil || v.split != nil || v.recv != nil && !v.recv.fixed {
		return false
	}
	for i := range v.atoms {
		if v.atoms[i].kind == fromParam {
			return false
		}
	}
	for _, e := range v.elems {
		if e.v != nil && !e.v.fixed {
			return false
		}
	}
	for _, m := range v.fields {
		if m.v != nil && !m.v.fixed {
			return false
		}
	}
	return true
}

// sum gives the digest of a value.
func (v *value) sum() uint64 {
	if v == nil {
		return 1
	}
	if v.digest != 0 {
		return v.digest
	}
	d := newDigester()
	d.atoms(v.atoms)
	d.num(uint64(v.form))
	if v.endsSep {
		d.num(1)
	}
	if v.config {
		d.num(2)
	}
	if v.filled {
		d.num(3)
	}
	d.str(v.text)
	d.str(v.name)
	d.str(v.typ)
	for _, e := range v.elems {
		d.num(e.v.sum())
		if e.many {
			d.num(3)
		}
	}
	d.num(uint64(len(v.fields)))
	for _, f := range v.fields {
		d.str(f.name)
		d.num(f.v.sum())
	}
	d.num(uint64(len(v.fns)))
	for _, c := range v.fns {
		d.num(c.id)
		d.num(c.recv.sum())
		if c.other {
			d.num(7)
		}
		for _, b := range c.bound {
			d.num(b.sum())
		}
		for _, k := range c.keys {
			d.str(k.name)
			d.num(k.v.sum())
		}
		for b := c.binds; b != nil; b = b.next {
			d.num(b.id)
			d.num(b.args.sum())
		}
	}
	d.num(v.class.id)
	for _, c := range v.others {
		d.num(c.id)
	}
	d.num(uint64(len(v.others)))
	d.num(v.recv.sum())
	if v.tests != nil {
		d.proofs(v.tests.yes)
		d.proofs(v.tests.no)
		d.num(uint64(v.tests.absent))
		d.chars(v.tests.chars)
	}
	if v.split != nil {
		d.num(v.split.of.sum())
		if v.split.rest {
			d.num(4)
		}
	}
	v.fixed = v.isFixed()
	v.digest = uint64(d)
	if v.digest == 0 {
		v.digest = 1
	}
	return v.digest
}

// sum gives the digest of the arguments of a call.
func (a *arguments) sum() uint64 {
	d := newDigester()
	if a == nil {
		return 0
	}
	d.num(a.recv.sum())
	for _, p := range a.pos {
		d.num(p.sum())
	}
	for _, k := range a.keys {
		d.str(k.name)
		d.num(k.v.sum())
	}
	return uint64(d)
}

func (d *digester) process(p *process) {
	d.num(p.fn)
	d.span(p.call)
	d.num(p.prog.sum())
	d.num(p.shell.sum())
	d.num(uint64(len(p.args)))
	for _, e := range p.args {
		d.num(e.v.sum())
		if e.many {
			d.num(3)
		}
	}
	for _, o := range p.opts {
		d.num(o.sum())
	}
}
