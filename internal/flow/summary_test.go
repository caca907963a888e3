package flow

// A function that has more ways to sinks than are kept does not lose those that
// matter to those that are many.

import (
	"strings"
	"testing"
)

func TestLogsDoNotDisplace(t *testing.T) {
	var b strings.Builder
	b.WriteString("import { Server } from '@modelcontextprotocol/sdk/server/index.js'\nimport { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'\nimport { exec } from 'child_process'\nconst server = new Server({ name: 'a', version: '1' }, {})\nserver.setRequestHandler(CallToolRequestSchema, async (request) => {\n  const { a } = request.params.arguments\n")
	for range maxHits + 10 {
		b.WriteString("  console.error(a)\n")
	}
	b.WriteString("  exec(a)\n})\n")
	_, r := analyseText("a.ts", b.String())
	for _, f := range r.Flows {
		if f.Sink == Shell {
			return
		}
	}
	t.Errorf("%d flows, none of them to the shell", len(r.Flows))
}
