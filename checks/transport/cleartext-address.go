package transport

import (
	"net/netip"
	"regexp"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// cleartextAddress reports requests that carry something to a host of the internet
// without encryption. A constant address that is merely fetched is left alone.
func cleartextAddress(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	seen := map[source.Span]bool{} // the literals, of which one may serve many requests
	p.Reached(func(u *flow.Use) bool { return u.Kind == flow.Request }, func(u *flow.Use, c rule.Call) {
		v := c.ArgAt(u.Arg)
		if v == nil {
			return
		}
		a := address{Pass: p}
		if !a.begin(c.Func, v, 0) || !a.public() || !a.built && !carries(u, c) || seen[a.at] {
			return
		}
		seen[a.at] = true
		scheme, _, _ := strings.Cut(a.text, "://")
		f := rule.Finding{Span: c.Span(), Tool: u.Entries[0].Name, Sink: a.host}
		if literal := p.File.Tree.Text.Slice(a.at); strings.Count(literal, scheme+"://") == 1 {
			i := uint32(strings.Index(literal, scheme+"://") + len(scheme))
			at := source.Span{Start: a.at.Start + i, End: a.at.Start + i}
			f.Fixes = []rule.Fix{{Title: "Use " + scheme + "s", Edits: []rule.Edit{{Path: p.File.Path, Span: at, New: "s"}}}}
		}
		p.Report(f)
	})
}

// address is the beginning of what a request is sent to.
type address struct {
	*rule.Pass
	text  string
	host  string
	at    source.Span // the literal that it begins with
	built bool        // more is put behind it
}

// maxParts bounds how many values an address is put together from.
const maxParts = 8

// begin finds the literal that a value begins with.
func (a *address) begin(fn int, v *program.Value, depth int) bool {
	if v == nil || depth > maxParts {
		return false
	}
	switch v.Op {
	case program.OpConst:
		if v.Const != program.ConstString || v.Str == "" {
			return false
		}
		a.text, a.at = v.Str, v.Span.Shift(a.File.Funcs[fn].Start)
		return true
	case program.OpTemplate:
		if v.X != nil || len(v.Args) == 0 {
			return false
		}
		a.built = true
		return a.begin(fn, v.Args[0], depth+1)
	case program.OpBinary:
		if v.Name != "+" && v.Name != "%" {
			return false
		}
		a.built = true
		return a.begin(fn, v.Args[0], depth+1)
	case program.OpCall:
		switch a.File.Canonical(fn, v.X) {
		case "fmt.Sprintf", "urllib.parse.urljoin":
			a.built = true
			return len(v.Args) > 0 && a.begin(fn, v.Args[0], depth+1)
		}
	case program.OpIdent:
		b := a.File.Lookup(fn, v.Name)
		if b.Kind == program.BoundLocal && len(b.Assigns) == 1 && b.Assigns[0].Kind == program.AssignValue && len(b.Assigns[0].Path) == 0 {
			return a.begin(b.Assigns[0].Func, b.Assigns[0].Value, depth+1)
		}
	}
	return false
}

var (
	clearURL = regexp.MustCompile(`^(?:http|ws)://([A-Za-z0-9.-]+\.[A-Za-z]{2,}|\d+\.\d+\.\d+\.\d+)([/:?#]|$)`)
	// ownHost are hosts that are no place on the internet.
	ownHost = regexp.MustCompile(`(?i)(^|\.)(local|localhost|internal|intranet|lan|home|corp|private|svc|test|example|invalid|localdomain|arpa|docker|example\.(com|org|net))$`)
)

// public reports whether the address is one of the internet, without encryption, and
// complete up to its host.
func (a *address) public() bool {
	m := clearURL.FindStringSubmatch(a.text)
	if m == nil || a.built && m[2] == "" {
		return false
	}
	a.host = m[1]
	if ip, err := netip.ParseAddr(a.host); err == nil {
		return !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() && !ip.IsUnspecified()
	}
	return !ownHost.MatchString(a.host)
}

// carried are the arguments by which a request carries something.
var carried = []string{"data", "json", "params", "headers", "auth", "content", "files", "body", "cookies"}

// carries reports whether a request brings more than its address.
func carries(u *flow.Use, c rule.Call) bool {
	if u.Mutates {
		return true
	}
	for _, name := range carried {
		if c.Keyword(name) != nil || c.Option(name) != nil {
			return true
		}
	}
	return false
}
