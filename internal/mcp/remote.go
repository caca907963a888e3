package mcp

// remote.go recognises what another server hands to this program through a client of
// the SDK: the address at which its user is to grant access.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// mentionsRemote reports whether the text of a file has the words by which a client
// takes the address of an authorization server.
func mentionsRemote(f *program.File, text string) bool {
	if f.Lang == source.Python {
		return strings.Contains(text, "redirect_handler")
	}
	return f.Lang.ECMAScript() && strings.Contains(text, "redirectToAuthorization")
}

// remote adds parameters of fn that another server chooses.
func (x *recogniser) remote(fn, param int) {
	if param < len(x.f.Funcs[fn].Params) {
		x.facts.handlers = append(x.facts.handlers, handlerFact{fn: fn, kind: Remote, params: []carrier{{param: param}}})
	}
}

// ecmaRemote reads the method redirectToAuthorization(authorizationUrl) of an
// OAuthClientProvider.
func (x *recogniser) ecmaRemote() {
	for i := range x.f.Funcs {
		if x.f.Funcs[i].Name == "redirectToAuthorization" {
			x.remote(i, 0)
		}
	}
}

// pyRemote reads OAuthClientProvider(redirect_handler=…).
func (x *recogniser) pyRemote(r ref) {
	fn := keyword(r.v, "redirect_handler")
	if fn == nil {
		fn = positionalAt(r.v, 3)
	}
	if fn == nil {
		return
	}
	if idx, _, skip := x.handler(r.at(fn)); idx >= 0 {
		if x.pyReceiver(x.f.Funcs[idx], 0) {
			skip++
		}
		x.remote(idx, skip)
	}
}
