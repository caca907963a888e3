package mcp_test

import (
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// before gives what is asked before the text SERVED of a file: letters for
// Host, Origin and a credential.
func before(t *testing.T, name, text string) string {
	t.Helper()
	f := program.Lower(name, source.Parse(source.LanguageOf(name), source.NewText(text), false), nil)
	at := strings.Index(text, "SERVED")
	if at < 0 {
		t.Fatalf("%s: no SERVED", text)
	}
	gate := mcp.NewGates([]*program.File{f}, nil).Before(f, source.Span{Start: uint32(at), End: uint32(at) + 6}, "")
	s := ""
	for i, letter := range "HOA" {
		if gate&(1<<i) != 0 {
			s += string(letter)
		}
	}
	return s
}

const expressHead = "import express from 'express';\nconst app = express();\nconst LIST = ['localhost:3000'];\n"

const expressTail = "app.post('/mcp', (req, res) => SERVED(req, res));\n"

// TestGatesOfECMAScript holds what counts as a gate, and where it counts.
func TestGatesOfECMAScript(t *testing.T) {
	for _, test := range []struct{ want, head, tail string }{
		{"", "app.use(express.json());", expressTail},
		{"", "app.use(cors({ origin: 'http://localhost' }));", expressTail},
		{"H", "app.use((req, res, next) => { if (!LIST.includes(req.headers.host)) { res.status(403).end(); return; } next(); });", expressTail},
		{"H", "app.use((req, res, next) => { const { host } = req.headers; if (LIST.includes(host)) return next(); res.sendStatus(403); });", expressTail},
		{"H", "app.use((req, res, next) => LIST.includes(req.hostname) ? next() : res.sendStatus(421));", expressTail},
		{"O", "function only(req, res, next) { const o = req.get('Origin'); if (o && !LIST.includes(o)) throw new Error('no'); next(); }\napp.use(only);", expressTail},
		{"", "function only(req, res, next) { const o = req.get('Origin'); if (o && !LIST.includes(o)) throw new Error('no'); next(); }", expressTail},
		{"", "app.use((req, res, next) => { if (!LIST.includes(req.headers.host)) console.warn('foreign host'); next(); });", expressTail},
		{"", "app.use((req, res, next) => { log(req.headers.host, req.headers.authorization); next(); });", expressTail},
		{"A", "const make = (token) => (req, res, next) => { if (req.headers.authorization !== `Bearer ${token}`) return res.status(401).end(); next(); };\napp.use(make(TOKEN));", expressTail},
		{"A", "app.use((req, res, next) => { jwt.verify(req.headers['authorization'], KEY, (err, user) => { if (err) return res.sendStatus(401); next(); }); });", expressTail},
		{"A", "app.use((req, res, next) => { try { verify(req.header('x-api-key')); } catch { return res.sendStatus(401); } next(); });", expressTail},
		{"A", "const refuse = (res) => res.status(401).end();\napp.use((req, res, next) => { if (!valid(req.headers.authorization)) return refuse(res); next(); });", expressTail},
		{"A", "app.use((req, res, next) => { for (const [name, value] of Object.entries(config.headers)) { if (req.headers[name] !== value) return res.sendStatus(403); } next(); });", expressTail},
		{"H", "server.on('request', (req, res) => { const host = req.headers.host?.toLowerCase(); if (!LIST.includes(host)) { res.statusCode = 403; return res.end('no'); } });", expressTail},
		// A session's id is no credential.
		{"", "app.use((req, res, next) => { if (!req.headers['mcp-session-id']) return res.sendStatus(403); next(); });", expressTail},
		// A route of its own protects itself alone, a path what lies below it.
		{"", "app.get('/admin', only, page);\nfunction only(req, res, next) { if (!ok(req.headers.authorization)) return res.sendStatus(401); next(); }", expressTail},
		{"", "app.use('/admin', (req, res, next) => { if (!ok(req.headers.authorization)) return res.sendStatus(401); next(); });", expressTail},
		{"A", "app.use('/mcp', (req, res, next) => { if (!ok(req.headers.authorization)) return res.sendStatus(401); next(); });", expressTail},
		{"A", "function only(req, res, next) { if (!ok(req.headers.authorization)) return res.sendStatus(401); next(); }", "app.post('/mcp', only, (req, res) => SERVED(req, res));"},
		{"A", "function only(req, res, next) { if (!ok(req.headers.authorization)) return res.sendStatus(401); next(); }", "function handle(req, res) { SERVED(req, res); }\napp.post('/mcp', only, handle);"},
		{"A", "", "app.post('/mcp', (req, res) => { if (!ok(req.headers.authorization)) return res.sendStatus(401); SERVED(req, res); });"},
		{"H", "import http from 'http';", "http.createServer((req, res) => { if (!LIST.includes(req.headers.host)) { res.writeHead(403).end(); return; } SERVED(req, res); });"},
		// Libraries, and what is not at hand.
		{"A", "import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';\napp.use(requireBearerAuth({ verifier }));", expressTail},
		{"H", "import { hostHeaderValidation } from '@modelcontextprotocol/sdk/server/middleware/hostHeaderValidation.js';\napp.use(hostHeaderValidation(LIST));", expressTail},
		{"H", "import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';\nconst safe = createMcpExpressApp();", expressTail},
		{"", "import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';\nconst open = createMcpExpressApp({ host: '0.0.0.0' });", expressTail},
		{"H", "import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';\nconst app2 = createMcpExpressApp({ host: '0.0.0.0', allowedHosts: LIST });", expressTail},
		{"A", "import { bearerAuth } from 'hono/bearer-auth';\napp.use('/mcp/*', bearerAuth({ token }));", expressTail},
		{"A", "import { authenticate } from './auth.js';\napp.use(authenticate);", expressTail},
		{"A", "import { makeAuth } from './auth.js';\nconst authMiddleware = makeAuth(settings);\napp.use('/mcp', authMiddleware);", expressTail},
		{"", "import { authorize } from './calendar.js';\nauthorize().then(start);", expressTail},
	} {
		if got := before(t, "a.ts", expressHead+test.head+"\n"+test.tail); got != test.want {
			t.Errorf("%s\n%s\nis asked for %q, want %q", test.head, test.tail, got, test.want)
		}
	}
}

const starletteTail = "\nmcp = FastMCP('notes')\nSERVED(mcp)\n"

func TestGatesOfPython(t *testing.T) {
	for _, test := range []struct{ want, text string }{
		{"", "app.add_middleware(CORSMiddleware, allow_origins=['*'])" + starletteTail},
		{"H", "from starlette.middleware.trustedhost import TrustedHostMiddleware\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=['localhost'])" + starletteTail},
		{"H", "class Guard(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n        if request.headers.get('host') not in HOSTS:\n            return Response(status_code=421)\n        return await call_next(request)\n\napp.add_middleware(Guard)" + starletteTail},
		{"", "class Guard(BaseHTTPMiddleware):\n    async def dispatch(self, request, call_next):\n        if request.headers.get('host') not in HOSTS:\n            return Response(status_code=421)\n        return await call_next(request)\n" + starletteTail},
		{"H", "class Guard:\n    async def __call__(self, scope, receive, send):\n        headers = dict(scope['headers'])\n        if headers.get(b'host') not in HOSTS:\n            await PlainTextResponse('no', status_code=403)(scope, receive, send)\n            return\n        await self.app(scope, receive, send)\n\napp = Guard(app)" + starletteTail},
		{"A", "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('notes', token_verifier=Verifier(), auth=settings)\nSERVED(mcp)\n"},
		{"", "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('notes', auth=None)\nSERVED(mcp)\n"},
		{"HO", "from mcp.server.transport_security import TransportSecuritySettings\ns = TransportSecuritySettings(allowed_hosts=['localhost:*'])" + starletteTail},
		{"", "from mcp.server.transport_security import TransportSecuritySettings\ns = TransportSecuritySettings(enable_dns_rebinding_protection=False)" + starletteTail},
		{"A", "from fastapi import Depends, FastAPI, Header, HTTPException\ndef check(authorization: str = Header()):\n    if authorization != TOKEN:\n        raise HTTPException(status_code=401)\n\n@app.post('/run', dependencies=[Depends(check)])\ndef run(): SERVED()\n"},
		{"", "from fastapi import Depends, FastAPI, Header, HTTPException\ndef check(authorization: str = Header()):\n    if authorization != TOKEN:\n        raise HTTPException(status_code=401)\n\n@app.post('/admin', dependencies=[Depends(check)])\ndef admin(): pass\n\n@app.post('/run')\ndef run(): SERVED()\n"},
		{"A", "def needs_token(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n        if request.headers.get('X-Api-Key') != KEY:\n            abort(401)\n        return view(*args, **kwargs)\n    return inner\n\n@app.route('/run')\n@needs_token\ndef run(): SERVED()\n"},
		{"", "def needs_token(view):\n    @wraps(view)\n    def inner(*args, **kwargs):\n        if request.headers.get('X-Api-Key') != KEY:\n            abort(401)\n        return view(*args, **kwargs)\n    return inner\n\n@app.route('/run')\ndef run(): SERVED()\n"},
	} {
		if got := before(t, "a.py", test.text); got != test.want {
			t.Errorf("%s\nis asked for %q, want %q", test.text, got, test.want)
		}
	}
}

const goMain = "package main\n\nimport \"net/http\"\n\nfunc guard(next http.Handler) http.Handler {\n\treturn http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n\t\t%\n\t\tnext.ServeHTTP(w, r)\n\t})\n}\n\nfunc main() {\n"

func TestGatesOfGo(t *testing.T) {
	host := "if !hosts[r.Host] {\n\t\t\thttp.Error(w, \"no\", http.StatusForbidden)\n\t\t\treturn\n\t\t}"
	token := "ok := false\n\t\tif h := r.Header.Get(\"Authorization\"); h != \"\" {\n\t\t\tif same(h, token) {\n\t\t\t\tok = true\n\t\t\t}\n\t\t}\n\t\tif !ok {\n\t\t\tw.WriteHeader(401)\n\t\t\treturn\n\t\t}"
	for _, test := range []struct{ want, guard, main string }{
		{"", "log(r.Host)", "\thttp.ListenAndServe(addr, guard(SERVED))\n"},
		{"H", host, "\thttp.ListenAndServe(addr, guard(SERVED))\n"},
		{"A", token, "\thttp.ListenAndServe(addr, guard(SERVED))\n"},
		{"", host, "\thttp.ListenAndServe(addr, SERVED)\n"},
		{"H", host, "\tmux.Handle(\"/mcp\", SERVED)\n\tvar h http.Handler = mux\n\tif on {\n\t\th = guard(mux)\n\t}\n\thttp.ListenAndServe(addr, h)\n"},
		{"", host, "\tmux.Handle(\"/admin\", guard(admin))\n\tmux.Handle(\"/mcp\", SERVED)\n"},
		{"H", host, "\tr.Use(guard)\n\tr.Handle(\"/mcp\", SERVED)\n"},
		{"A", "if u, _, ok := r.BasicAuth(); !ok || u != user {\n\t\t\tw.WriteHeader(http.StatusUnauthorized)\n\t\t\treturn\n\t\t}", "\thttp.ListenAndServe(addr, guard(SERVED))\n"},
	} {
		text := strings.Replace(goMain, "%", test.guard, 1) + test.main + "}\n"
		if got := before(t, "a.go", text); got != test.want {
			t.Errorf("%s\nis asked for %q, want %q", text, got, test.want)
		}
	}
}
