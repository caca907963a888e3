package flow

// dial.go knows clients of Go whose dialer refuses private addresses: it sees every
// address that is connected to, those behind redirects and names included.

import "slices"

// dialers are the members of a transport that dial, dialHooks those of a dialer that
// are asked before it connects, each with its parameter for the address.
var (
	dialers   = map[string]int16{"DialContext": 2, "DialTLSContext": 2, "Dial": 1, "DialTLS": 1}
	dialHooks = map[string]int16{"Control": 1, "ControlContext": 2}
)

// dialsPublic reports whether all that a client connects to is checked to be public.
func (f *frame) dialsPublic(client *value) bool {
	if !f.u.golang {
		return false
	}
	t, ok := client.field("Transport")
	if !ok || t == nil {
		return false
	}
	for i := range t.fields {
		m := &t.fields[i]
		param, dials := dialers[m.name]
		if !dials || m.v == nil {
			continue
		}
		if f.checksAddress(m.v, param) {
			return true
		}
		if m.v.recv == nil {
			continue
		}
		for k := range m.v.recv.fields {
			h := &m.v.recv.fields[k]
			if p, ok := dialHooks[h.name]; ok && f.checksAddress(h.v, p) {
				return true
			}
		}
	}
	return false
}

// checksAddress reports whether functions of the program refuse private addresses in
// a parameter. As it is what is connected to, it need not be looked up.
func (f *frame) checksAddress(v *value, param int16) bool {
	if v == nil || len(v.fns) == 0 {
		return false
	}
	for _, c := range v.fns {
		u := c.home.cur
		i, ok := u.byID[c.id]
		if !ok {
			return false
		}
		s := u.summary(i)
		if s == nil {
			return false
		}
		f.calls(site{u, i}, s)
		if !slices.ContainsFunc(addProofs(s.always, withoutError(s.ret)), func(p proof) bool {
			return p.fn == c.id && p.kind == fromParam && p.param == param && p.proven&(provePublic|proveLiteral|proveHost|proveMember) != 0
		}) {
			return false
		}
	}
	return true
}

// withoutError gives what it proves that the error of a result is nil.
func withoutError(ret *value) []proof {
	if ret == nil {
		return nil
	}
	if n := len(ret.elems); ret.form == formList && n > 0 && ret.elems[n-1].v != nil {
		ret = ret.elems[n-1].v
	}
	if ret.tests == nil {
		return nil
	}
	return ret.tests.no
}

// clearRequests takes back what was found of requests that were built before they
// are handed to a client which connects to public addresses only.
func (f *frame) clearRequests(built *value) {
	for _, a := range all(built) {
		for i := range f.sum.hits {
			if h := &f.sum.hits[i]; h.sink == Request && h.node == a.node {
				h.proven |= provePublic
				f.cleared = true
			}
		}
	}
}
