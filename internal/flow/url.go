package flow

// url.go says which part of an address decides where a request goes.

import "strings"

// schemes are the beginnings of addresses that a client connects to.
var schemes = []string{"http://", "https://", "ws://", "wss://", "ftp://", "file://"}

// hostFixed reports whether the text before a part of a URL fixes the host.
func hostFixed(prefix string, opaque bool) bool {
	if i := strings.Index(prefix, "://"); i >= 0 {
		return strings.ContainsAny(prefix[i+3:], "/?#")
	}
	if strings.HasPrefix(prefix, "//") {
		return strings.ContainsAny(prefix[2:], "/?#")
	}
	if opaque {
		// It is further on than the unknown text that fixes the host.
		return true
	}
	if prefix == "" {
		return false
	}
	// Behind anything else it is a path below a base, unless the text is the
	// beginning of a scheme.
	for _, s := range schemes {
		if strings.HasPrefix(s, strings.ToLower(prefix)) {
			return false
		}
	}
	return true
}

// urlTypes are the types of parsed addresses.
var urlTypes = map[string]bool{"URL": true, "net/url.URL": true, "urllib.parse.ParseResult": true}

// hostFields are the members of an address, or of the options of a request, that
// decide where it goes.
var hostFields = map[string]bool{
	"href": true, "host": true, "hostname": true, "protocol": true, "Host": true, "Scheme": true, "Opaque": true, "netloc": true, "scheme": true,
}

// asURL gives the origins of an address: what stands in a member behind the host
// comes behind unknown text.
func asURL(v *value) []atom {
	if v == nil || len(v.fields) == 0 || !urlTypes[v.typ] {
		return all(v)
	}
	out := v.atoms
	for _, m := range v.fields {
		atoms := all(m.v)
		if !hostFields[m.name] {
			behind := make([]atom, len(atoms))
			for i, a := range atoms {
				a.flags |= flagPartial | flagOpaque
				a.prefix = ""
				behind[i] = a
			}
			atoms = behind
		}
		out = unionAtoms(out, atoms)
	}
	return out
}

// urlParts gives the address that its parts make: scheme, host, path, and what
// comes behind.
func urlParts(given []*value) []*value {
	if len(given) == 0 || given[0] == nil || given[0].form != formList {
		return given
	}
	between := []string{"://", "/", "?", "#"}
	var out []*value
	for i, e := range given[0].elems {
		if e.many {
			return given
		}
		if i > 0 {
			out = append(out, textValue(between[min(i, len(between))-1]))
		}
		out = append(out, e.v)
	}
	return out
}

// relativeTo gives the address that a reference and a base make: an absolute
// reference replaces the base.
func (f *frame) relativeTo(ref, base *value) *value {
	if base == nil || ref.isText() && !ref.hasAtoms() && strings.Contains(ref.text, "://") {
		return f.keep(&model{}, []*value{ref})
	}
	n := &value{form: formPrefix, text: base.known(), config: base.config}
	if n.text == "" {
		n.form = formUnknown
	}
	return n.withAtoms(unionAtoms(all(ref), asURL(base)))
}
