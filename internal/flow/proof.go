package flow

// proof.go names what a guard can prove of a value, and what each kind of sink
// asks for.

// proofs is a set of facts that are proven of a value.
type proofs uint32

const (
	proveMember    proofs = 1 << iota // equal to a constant, or one of a fixed or configured collection
	proveNumber                       // a number, a boolean, a UUID
	proveContained                    // a path that lies below a base after it was resolved
	proveNoSep                        // no path separator
	proveNoDots                       // no .. component
	proveNoDash                       // does not begin with a dash
	proveNoMeta                       // no character that a shell gives a meaning to
	proveQuoted                       // quoted for a shell
	proveIdent                        // letters, digits and underscores alone
	proveEscaped                      // escaped for the language it is put into
	proveHost                         // a URL whose host is fixed or allowed
	provePublic                       // an address that is not private, checked after resolution
	proveNoQuote                      // no quotation mark and no backslash
	proveNoCode                       // no bracket, dot or operator
	proveBelow                        // below a base as written; contained if it was resolved before
	proveLiteral                      // not private as written; public if it was looked up before
	proveWeb                          // a URL of http or https
	proveDoubt                        // an unknown call may have checked it; enough for nothing
	proveElsewhere                    // a function of another file may have checked it
	proveRelative                     // not an absolute path
	proveSlight                       // a few characters of a text, or the names of its members: no secret is told by them

	provePlain  // each character that means something to a regular expression is escaped
	proveMarkup // no sign that begins a tag in a page

	// What a check holds that fails: enough for nothing, it tells which check
	// let the value pass.
	proveBadPrefix    // begins with a place, but not with a separator behind it
	proveBadSuffix    // ends in a name of a host, but not with a dot before it
	proveLoosePattern // some part of it matches an expression
	proveWidePattern  // matches an expression that lets more pass than it should
	proveDenied       // lacks some of what does harm
	proveUnlisted     // one of a list that is empty

	proveAll proofs = 1<<iota - 1

	// proveWord is what holds of a text of letters, digits and underscores.
	proveWord = proveIdent | proveNoSep | proveNoDots | proveNoDash | proveNoMeta | proveNoQuote | proveNoCode

	// proveAbsent stands beside proveAll where a value is empty or not given.
	proveAbsent proofs = 1 << 31
)

// of gives what checks of a value as written prove where it was resolved, or looked up,
// before.
func (p proofs) of(a *atom) proofs {
	if p&proveBelow != 0 && a.flags&flagResolved != 0 {
		p |= proveContained
	}
	if p&proveLiteral != 0 && a.flags&flagLooked != 0 {
		p |= provePublic
	}
	return p
}

// enough reports whether what is proven of an origin makes it harmless for a
// sink, given the text that it is part of.
func (a *atom) enough(kind SinkKind) bool {
	p := a.proven
	if a.lang == langLDAP {
		p &^= proveNoQuote // a filter has no quotation marks
	}
	return p.enough(kind)
}

// enough reports whether what is proven makes a value harmless for a sink.
func (p proofs) enough(kind SinkKind) bool {
	if p&(proveMember|proveNumber|proveElsewhere) != 0 {
		return true
	}
	switch kind {
	case Shell:
		return p&(proveQuoted|proveNoMeta|proveIdent) != 0
	case Argv, Operand:
		return p&(proveNoDash|proveIdent|proveContained) != 0
	case Program:
		return p&(proveContained) != 0
	case PathRead, PathWrite, PathDelete:
		return p&(proveContained|proveIdent) != 0 || p&(proveNoSep|proveRelative) != 0 && p&proveNoDots != 0
	case Request, Navigate, Redirect:
		return p&(proveHost|provePublic|proveIdent) != 0
	case Open:
		return p&(proveHost|proveIdent|proveWeb|proveContained) != 0
	case Connect:
		return p&(proveHost|proveIdent) != 0
	case Query:
		return p&(proveIdent|proveEscaped|proveNoQuote) != 0
	case Eval, Sandbox, Template:
		return p&(proveIdent|proveNoCode|proveEscaped) != 0
	case Markup:
		return p&(proveIdent|proveEscaped|proveMarkup) != 0
	case Pattern:
		return p&(proveIdent|proveNoCode|proveEscaped|provePlain) != 0
	case Prompt:
		return p&(proveIdent|proveSlight) != 0
	case Log, Stdout, Body, Header, Message, Memory, ResultSink:
		return p&proveSlight != 0
	}
	return false
}
