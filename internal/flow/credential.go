package flow

// credential.go knows where a program reads what is secret by the way it is read: the
// credential that its caller presented (the Authorization header of a request, the token
// that an SDK has verified), and the stack trace of an error.

import (
	"strings"

	"mcpaudit/internal/program"
)

// credential is the source of the caller's own credential.
var credential = &sourceModel{Kind: "credential", What: "the credential of the caller"}

// stackTrace is the source of an error's stack.
var stackTrace = &sourceModel{Kind: "error", What: "a stack trace"}

// withCredential adds to x, the value of expression v, that it is the caller's
// credential or a stack trace if the expression reads one.
func (f *frame) withCredential(v *program.Value, x *value) *value {
	if v.Op == program.OpField && v.Name == "stack" && !f.u.python && anError(v.X) {
		return x.withAtoms(f.source(stackTrace, v.Span).atoms)
	}
	base := presented(v)
	if base == nil {
		return f.withKept(v, x)
	}
	if own := f.eval(base); own != nil && own.form == formObject && len(own.fields) > 0 && len(own.atoms) == 0 {
		return x // headers that the program has written itself
	}
	return x.withAtoms(f.source(credential, v.Span).atoms)
}

// presented gives what an expression reads the caller's credential from, nil if it
// reads none: req.headers.authorization, headers["authorization"],
// r.Header.Get("Authorization"), extra.authInfo.token.
func presented(v *program.Value) *program.Value {
	switch v.Op {
	case program.OpField:
		switch v.Name {
		case "token":
			if name := calleeName(v.X); name == "authInfo" || name == "auth_info" || name == "auth" && calleeName(v.X.X) == "req" {
				return v.X
			}
		case "authorization", "Authorization":
			if headers(v.X) {
				return v.X
			}
		}
	case program.OpIndex:
		if len(v.Args) == 1 && authorization(v.Args[0]) && headers(v.X) {
			return v.X
		}
	case program.OpCall:
		if v.X == nil || v.X.Op != program.OpField || len(v.Args) == 0 || !authorization(v.Args[0]) {
			return nil
		}
		switch v.X.Name {
		case "get", "Get", "getHeader", "header", "GetHeader", "Header":
			if on := v.X.X; headers(on) || calleeName(on) == "req" || calleeName(on) == "request" {
				return on
			}
		}
	}
	return nil
}

// anError reports whether an expression is, by its name, an error.
func anError(v *program.Value) bool {
	for v != nil && v.Op == program.OpCast {
		v = v.X
	}
	switch calleeName(v) {
	case "e", "err", "error", "ex", "exception", "cause":
		return true
	}
	return false
}

// authorization reports whether a value names the header of credentials.
func authorization(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstString && strings.EqualFold(v.Str, "authorization")
}

// headers reports whether an expression is, by its name, the headers of a request.
func headers(v *program.Value) bool {
	if v == nil {
		return false
	}
	name := v.Name
	if v.Op == program.OpCall {
		name = calleeName(v.X)
	}
	return strings.Contains(strings.ToLower(name), "header")
}
